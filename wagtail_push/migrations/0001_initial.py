import django.core.validators
import django.db.models.deletion
import django.utils.timezone
import modelcluster.fields
import uuid
import wagtail_push.models.scopes
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        # A host whose user model comes late in its own migrations has to bring it
        # before Wagtail's tables. Standing behind Wagtail, we are served by the same.
        ("wagtailcore", "0040_page_draft_title"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Batch',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('interactive', models.BooleanField(default=False, verbose_name='interactive')),
                ('last_id', models.BigIntegerField(verbose_name='last installation')),
                ('cursor', models.BigIntegerField(verbose_name='done up to installation')),
                ('due_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='due at')),
                ('lease_until', models.DateTimeField(blank=True, null=True, verbose_name='leased until')),
                ('lease_owner', models.UUIDField(blank=True, null=True, verbose_name='lease owner')),
                ('claims', models.PositiveIntegerField(default=0, verbose_name='times claimed')),
                ('finished_at', models.DateTimeField(blank=True, null=True, verbose_name='finished at')),
            ],
            options={
                'verbose_name': 'batch',
                'verbose_name_plural': 'batches',
            },
        ),
        migrations.CreateModel(
            name='Notification',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.UUIDField(default=uuid.uuid4, editable=False, verbose_name='public id')),
                ('kind', models.CharField(choices=[('message', 'message'), ('confirmation', 'confirmation of a registration'), ('test', 'test')], default='message', max_length=12, verbose_name='kind')),
                ('key', models.CharField(blank=True, max_length=255, null=True, verbose_name='key')),
                ('to_everyone', models.BooleanField(default=False, verbose_name='to everyone')),
                ('title', models.JSONField(help_text='One text per language.', verbose_name='title')),
                ('body', models.JSONField(help_text='One text per language.', verbose_name='text')),
                ('url', models.TextField(blank=True, default='', verbose_name='link')),
                ('params', models.JSONField(blank=True, default=dict, verbose_name='parameters')),
                ('tag', models.CharField(blank=True, default='', max_length=255, verbose_name='tag')),
                ('urgency', models.CharField(choices=[('very-low', 'very-low'), ('low', 'low'), ('normal', 'normal'), ('high', 'high')], default='normal', max_length=8, verbose_name='urgency')),
                ('send_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='to be sent at')),
                ('expires_at', models.DateTimeField(verbose_name='expires at')),
                ('status', models.CharField(choices=[('pending', 'waiting to be planned'), ('sending', 'being sent'), ('done', 'done'), ('cancelled', 'cancelled')], default='pending', max_length=9, verbose_name='status')),
                ('trouble', models.CharField(blank=True, default='', max_length=250, verbose_name='trouble')),
                ('targeted', models.PositiveIntegerField(default=0, verbose_name='targeted')),
                ('accepted', models.PositiveIntegerField(default=0, verbose_name='accepted')),
                ('failed', models.PositiveIntegerField(default=0, verbose_name='failed')),
                ('expired', models.PositiveIntegerField(default=0, verbose_name='expired')),
                ('dropped', models.PositiveIntegerField(default=0, verbose_name='dropped')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='created at')),
                ('finished_at', models.DateTimeField(blank=True, null=True, verbose_name='finished at')),
            ],
            options={
                'verbose_name': 'notification',
                'verbose_name_plural': 'notifications',
            },
        ),
        migrations.CreateModel(
            name='NotificationScope',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.SlugField(help_text="What developers call it in code. It can't be changed later.", verbose_name='key')),
                ('sort_order', models.IntegerField(default=0, editable=False, verbose_name='order')),
                ('default', models.CharField(choices=[('on', 'On unless switched off'), ('off', 'Off unless switched on'), ('always', 'Always on')], default='on', max_length=6, verbose_name='default')),
                ('max_ttl', models.PositiveIntegerField(blank=True, help_text='A notification that was not delivered by then is dropped. Empty means four weeks, which is the most.', null=True, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(2419200)], verbose_name='longest validity in seconds')),
                ('urgency', models.CharField(choices=[('very-low', 'Very low: on power and wifi'), ('low', 'Low: on power or wifi'), ('normal', 'Normal'), ('high', 'High: also on low battery')], default='normal', max_length=8, verbose_name='urgency')),
                ('retired', models.BooleanField(default=False, help_text='Customers no longer see it and nothing can be sent in it.', verbose_name='retired')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='created at')),
            ],
            options={
                'verbose_name': 'notification scope',
                'verbose_name_plural': 'notification scopes',
                'ordering': ['sort_order', 'key'],
            },
        ),
        migrations.CreateModel(
            name='Account',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=255, verbose_name='key')),
                ('enabled', models.BooleanField(default=True, help_text="The customer's own switch for the whole account.", verbose_name='enabled')),
                ('forbidden', models.BooleanField(default=False, help_text="Set by the portal's operator; same effect as switched off.", verbose_name='forbidden')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='created at')),
            ],
            options={
                'verbose_name': 'account',
                'verbose_name_plural': 'accounts',
                'constraints': [models.UniqueConstraint(fields=('key',), name='push_account_key_unique')],
            },
        ),
        migrations.CreateModel(
            name='Installation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('device_id', models.UUIDField(default=uuid.uuid4, verbose_name='device id')),
                ('target_kind', models.CharField(choices=[('fid', 'fid'), ('token', 'token')], max_length=5, verbose_name='kind of target')),
                ('target', models.TextField(blank=True, verbose_name='target')),
                ('target_hash', models.CharField(max_length=64, null=True, verbose_name='hash of the target')),
                ('fid_hash', models.CharField(blank=True, max_length=64, verbose_name='hash of the installation ID')),
                ('key_fingerprint', models.CharField(blank=True, max_length=64, verbose_name='fingerprint of the server key')),
                ('worker', models.CharField(choices=[('own', 'ours'), ('foreign', 'another one')], default='own', max_length=7, verbose_name='service worker')),
                ('capability_version', models.PositiveIntegerField(default=1, verbose_name='version of the capability')),
                ('software', models.CharField(blank=True, default='', max_length=60, verbose_name='browser')),
                ('system', models.CharField(blank=True, default='', max_length=60, verbose_name='operating system')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='created at')),
                ('last_seen_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='last seen at')),
            ],
            options={
                'verbose_name': 'installation',
                'verbose_name_plural': 'installations',
                'indexes': [models.Index(fields=['fid_hash'], name='push_installation_fid'), models.Index(fields=['last_seen_at'], name='push_installation_seen')],
                'constraints': [models.UniqueConstraint(fields=('device_id',), name='push_installation_device_unique'), models.UniqueConstraint(fields=('target_hash',), name='push_installation_target_unique')],
            },
        ),
        migrations.CreateModel(
            name='Browser',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.UUIDField(default=uuid.uuid4, editable=False, verbose_name='public id')),
                ('name', models.CharField(max_length=60, verbose_name='name')),
                ('language', models.CharField(blank=True, default='', max_length=16, verbose_name='language')),
                ('paused_at', models.DateTimeField(blank=True, null=True, verbose_name='paused at')),
                ('removed_at', models.DateTimeField(blank=True, null=True, verbose_name='removed at')),
                ('removed_reason', models.CharField(blank=True, choices=[('unregistered', 'the browser no longer accepts notifications'), ('sender-mismatch', 'it was registered with another sender'), ('bad-target', 'its registration is not valid')], default='', max_length=20, verbose_name='reason of removal')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='created at')),
                ('account', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='browsers', to='wagtail_push.account', verbose_name='account')),
                ('login', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='login')),
                ('installation', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='browsers', to='wagtail_push.installation', verbose_name='installation')),
            ],
            options={
                'verbose_name': 'browser',
                'verbose_name_plural': 'browsers',
            },
        ),
        migrations.CreateModel(
            name='Delivery',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('status', models.CharField(choices=[('accepted', 'accepted by Google'), ('retry', 'to be tried again'), ('failed', 'failed'), ('expired', 'expired before it could be sent'), ('dropped', 'no longer wanted at the next attempt')], max_length=8, verbose_name='status')),
                ('answer', models.CharField(blank=True, choices=[('accepted', 'accepted'), ('unregistered', 'unregistered'), ('sender-mismatch', 'sender-mismatch'), ('bad-target', 'bad-target'), ('bad-message', 'bad-message'), ('busy', 'busy'), ('unavailable', 'unavailable'), ('misconfigured', 'misconfigured')], default='', max_length=15, verbose_name='answer')),
                ('attempt', models.PositiveSmallIntegerField(default=1, verbose_name='attempt')),
                ('due_at', models.DateTimeField(blank=True, null=True, verbose_name='due at')),
                ('message_id', models.CharField(blank=True, default='', max_length=255, verbose_name='message id')),
                ('detail', models.CharField(blank=True, default='', max_length=250, verbose_name='detail')),
                ('at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='at')),
                ('account', models.ForeignKey(blank=True, help_text='Only where each account has words of its own.', null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='wagtail_push.account', verbose_name='account')),
                ('batch', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='deliveries', to='wagtail_push.batch', verbose_name='batch')),
                ('installation', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='deliveries', to='wagtail_push.installation', verbose_name='installation')),
                ('notification', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='deliveries', to='wagtail_push.notification', verbose_name='notification')),
            ],
            options={
                'verbose_name': 'delivery',
                'verbose_name_plural': 'deliveries',
            },
        ),
        migrations.AddField(
            model_name='batch',
            name='notification',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='batches', to='wagtail_push.notification', verbose_name='notification'),
        ),
        migrations.AddField(
            model_name='notification',
            name='scope',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='notifications', to='wagtail_push.notificationscope', verbose_name='notification scope'),
        ),
        migrations.CreateModel(
            name='Receipt',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('event', models.CharField(choices=[('shown', 'shown'), ('clicked', 'clicked'), ('dismissed', 'dismissed')], max_length=9, verbose_name='event')),
                ('at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='at')),
                ('installation', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='receipts', to='wagtail_push.installation', verbose_name='installation')),
                ('notification', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='receipts', to='wagtail_push.notification', verbose_name='notification')),
            ],
            options={
                'verbose_name': 'receipt',
                'verbose_name_plural': 'receipts',
            },
        ),
        migrations.CreateModel(
            name='Recipient',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('params', models.JSONField(blank=True, default=dict, verbose_name='parameters')),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='recipients', to='wagtail_push.account', verbose_name='account')),
                ('browser', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='wagtail_push.browser', verbose_name='browser')),
                ('notification', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='recipients', to='wagtail_push.notification', verbose_name='notification')),
            ],
            options={
                'verbose_name': 'recipient',
                'verbose_name_plural': 'recipients',
            },
        ),
        migrations.CreateModel(
            name='ScopeChoice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('wanted', models.BooleanField(verbose_name='wanted')),
                ('browser', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='choices', to='wagtail_push.browser', verbose_name='browser')),
                ('scope', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='choices', to='wagtail_push.notificationscope', verbose_name='notification scope')),
            ],
            options={
                'verbose_name': 'choice of a scope',
                'verbose_name_plural': 'choices of scopes',
            },
        ),
        migrations.CreateModel(
            name='ScopeGroup',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.SlugField(verbose_name='key')),
                ('sort_order', models.IntegerField(default=0, editable=False, verbose_name='order')),
            ],
            options={
                'verbose_name': 'scope group',
                'verbose_name_plural': 'scope groups',
                'ordering': ['sort_order', 'key'],
                'constraints': [models.UniqueConstraint(fields=('key',), name='push_group_key_unique')],
            },
        ),
        migrations.AddField(
            model_name='notificationscope',
            name='group',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='scopes', to='wagtail_push.scopegroup', verbose_name='group'),
        ),
        migrations.CreateModel(
            name='ScopeGroupText',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('language', models.CharField(choices=wagtail_push.models.scopes.language_choices, max_length=16, verbose_name='language')),
                ('title', models.CharField(max_length=80, verbose_name='title')),
                ('group', modelcluster.fields.ParentalKey(on_delete=django.db.models.deletion.CASCADE, related_name='texts', to='wagtail_push.scopegroup', verbose_name='scope group')),
            ],
            options={
                'verbose_name': 'heading in one language',
                'verbose_name_plural': 'headings in every language',
            },
        ),
        migrations.CreateModel(
            name='ScopeText',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('language', models.CharField(choices=wagtail_push.models.scopes.language_choices, max_length=16, verbose_name='language')),
                ('title', models.CharField(max_length=80, verbose_name='title')),
                ('description', models.CharField(blank=True, help_text='What comes and how often, for example: about once a month.', max_length=250, verbose_name='description')),
                ('reason', models.CharField(blank=True, help_text="Customers read it beside a scope that they can't switch off.", max_length=250, verbose_name='why it is always on')),
                ('scope', modelcluster.fields.ParentalKey(on_delete=django.db.models.deletion.CASCADE, related_name='texts', to='wagtail_push.notificationscope', verbose_name='notification scope')),
            ],
            options={
                'verbose_name': 'text in one language',
                'verbose_name_plural': 'texts in every language',
            },
        ),
        migrations.AddIndex(
            model_name='browser',
            index=models.Index(fields=['account', '-id'], name='push_browser_account'),
        ),
        migrations.AddIndex(
            model_name='browser',
            index=models.Index(condition=models.Q(('paused_at', None), ('removed_at', None)), fields=['installation', 'account'], name='push_browser_live'),
        ),
        migrations.AddIndex(
            model_name='browser',
            index=models.Index(condition=models.Q(('removed_at__isnull', False)), fields=['removed_at'], name='push_browser_removed'),
        ),
        migrations.AddConstraint(
            model_name='browser',
            constraint=models.UniqueConstraint(fields=('public_id',), name='push_browser_public_id_unique'),
        ),
        migrations.AddConstraint(
            model_name='browser',
            constraint=models.UniqueConstraint(fields=('installation', 'account'), name='push_browser_unique'),
        ),
        migrations.AddIndex(
            model_name='delivery',
            index=models.Index(condition=models.Q(('status', 'retry')), fields=['batch', 'due_at'], name='push_delivery_retry'),
        ),
        migrations.AddConstraint(
            model_name='delivery',
            constraint=models.UniqueConstraint(condition=models.Q(('account', None)), fields=('notification', 'installation'), name='push_delivery_unique'),
        ),
        migrations.AddConstraint(
            model_name='delivery',
            constraint=models.UniqueConstraint(condition=models.Q(('account__isnull', False)), fields=('notification', 'installation', 'account'), name='push_delivery_account_unique'),
        ),
        migrations.AddIndex(
            model_name='batch',
            index=models.Index(condition=models.Q(('finished_at', None)), fields=['-interactive', 'due_at'], name='push_batch_due'),
        ),
        migrations.AddIndex(
            model_name='notification',
            index=models.Index(fields=['scope', '-id'], name='push_notification_scope'),
        ),
        migrations.AddIndex(
            model_name='notification',
            index=models.Index(condition=models.Q(('status', 'pending')), fields=['send_at'], name='push_notification_due'),
        ),
        migrations.AddConstraint(
            model_name='notification',
            constraint=models.UniqueConstraint(fields=('public_id',), name='push_notification_public_id_unique'),
        ),
        migrations.AddConstraint(
            model_name='notification',
            constraint=models.UniqueConstraint(fields=('scope', 'key'), name='push_notification_key_unique'),
        ),
        migrations.AddConstraint(
            model_name='receipt',
            constraint=models.UniqueConstraint(fields=('notification', 'installation', 'event'), name='push_receipt_unique'),
        ),
        migrations.AddConstraint(
            model_name='recipient',
            constraint=models.UniqueConstraint(condition=models.Q(('browser', None)), fields=('notification', 'account'), name='push_recipient_account_unique'),
        ),
        migrations.AddConstraint(
            model_name='recipient',
            constraint=models.UniqueConstraint(condition=models.Q(('browser__isnull', False)), fields=('notification', 'browser'), name='push_recipient_browser_unique'),
        ),
        migrations.AddIndex(
            model_name='scopechoice',
            index=models.Index(fields=['scope', 'wanted', 'browser'], name='push_choice_scope'),
        ),
        migrations.AddConstraint(
            model_name='scopechoice',
            constraint=models.UniqueConstraint(fields=('browser', 'scope'), name='push_choice_unique'),
        ),
        migrations.AddConstraint(
            model_name='notificationscope',
            constraint=models.UniqueConstraint(fields=('key',), name='push_scope_key_unique'),
        ),
        migrations.AddConstraint(
            model_name='notificationscope',
            constraint=models.CheckConstraint(condition=models.Q(('max_ttl', None), ('max_ttl__range', (1, 2419200)), _connector='OR'), name='push_scope_max_ttl_range'),
        ),
        migrations.AddConstraint(
            model_name='scopegrouptext',
            constraint=models.UniqueConstraint(fields=('group', 'language'), name='push_group_text_unique'),
        ),
        migrations.AddConstraint(
            model_name='scopetext',
            constraint=models.UniqueConstraint(fields=('scope', 'language'), name='push_scope_text_unique'),
        ),
    ]
