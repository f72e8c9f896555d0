"""The Django application."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class WagtailPushConfig(AppConfig):
    """Register checks, the schedules of what is due, and who hears of sign-outs."""

    name = "wagtail_push"
    label = "wagtail_push"
    verbose_name = _("Push notifications")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Connect what Django calls by itself."""
        from wagtail_push import announcements, checks, definitions, tasks
        from wagtail_push.portal import sign_out
        from wagtail_push.registry import managing

        checks.register_checks()
        managing.connect()
        sign_out.connect()
        announcements.connect()
        post_migrate.connect(
            tasks.install_schedules, sender=self, dispatch_uid="wagtail_push.schedules"
        )
        post_migrate.connect(
            definitions.write, sender=self, dispatch_uid="wagtail_push.definitions"
        )
