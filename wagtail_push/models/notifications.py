"""The ledger: what is to be sent, what was, and what became of it."""

import uuid
from collections.abc import Iterable
from itertools import islice

from django.db import models
from django.db.models import Q, Value
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from wagtail_push.messages import Answer, Urgency
from wagtail_push.models.accounts import Account
from wagtail_push.models.appending import append_selected
from wagtail_push.models.browsers import Browser, Installation
from wagtail_push.models.scopes import NotificationScope


class Notification(models.Model):
    """One message to one account, several, or everyone."""

    class Kind(models.TextChoices):
        MESSAGE = "message", _("message")
        CONFIRMATION = "confirmation", _("confirmation of a registration")
        NOTICE = "notice", _("notice of a new browser")
        TEST = "test", _("test")
        CHECK = "check", _("check of a registration")
        PROOF = "proof", _("proof of being the browser")

    class Status(models.TextChoices):
        PENDING = "pending", _("waiting to be planned")
        SENDING = "sending", _("being sent")
        DONE = "done", _("done")
        CANCELLED = "cancelled", _("cancelled")

    class LeftOut(models.TextChoices):
        FORBIDDEN = "forbidden", _("the portal's operator forbids it")
        ACCOUNT_OFF = "account-off", _("notifications are off for the account")
        LOGIN = "login", _("the login may no longer act for the account")
        PAUSED = "paused", _("paused by the customer")
        SIGNED_OUT = "signed-out", _("paused until the next sign-in")
        RETIRED = "retired", _("this kind of notification is retired")
        SCOPE_OFF = "scope-off", _("this kind of notification is off there")
        RULE = "rule", _("a rule of the portal")
        NO_BROWSER = "no-browser", _("accounts without a browser")

    public_id = models.UUIDField(_("public id"), default=uuid.uuid4, editable=False)
    kind = models.CharField(
        _("kind"), max_length=12, choices=Kind, default=Kind.MESSAGE
    )
    scope = models.ForeignKey(
        NotificationScope,
        on_delete=models.PROTECT,
        null=True,
        related_name="notifications",
        verbose_name=_("notification scope"),
        db_index=False,
    )
    key = models.CharField(_("key"), max_length=255, null=True, blank=True)  # noqa: DJ001  NULL: many without a key, one of each key
    to_everyone = models.BooleanField(_("to everyone"), default=False)
    audience = models.CharField(
        _("audience"),
        max_length=50,
        blank=True,
        default="",
        help_text=_("Which of the adapter's named audiences stands for everyone."),
    )
    title = models.JSONField(_("title"), help_text=_("One text per language."))
    body = models.JSONField(_("text"), help_text=_("One text per language."))
    url = models.TextField(_("link"), blank=True, default="")
    image = models.TextField(_("image"), blank=True, default="")
    params = models.JSONField(_("parameters"), default=dict, blank=True)
    tag = models.CharField(_("tag"), max_length=255, blank=True, default="")
    urgency = models.CharField(
        _("urgency"),
        max_length=8,
        choices=[(urgency.value, urgency.value) for urgency in Urgency],
        default=Urgency.NORMAL.value,
    )
    send_at = models.DateTimeField(_("to be sent at"), default=timezone.now)
    expires_at = models.DateTimeField(_("expires at"))
    status = models.CharField(
        _("status"), max_length=9, choices=Status, default=Status.PENDING
    )
    trouble = models.CharField(_("trouble"), max_length=250, blank=True, default="")
    planned = models.PositiveIntegerField(
        _("planned"),
        default=0,
        help_text=_("Installations that wanted it when it was planned."),
    )
    targeted = models.PositiveIntegerField(_("targeted"), default=0)
    accepted = models.PositiveIntegerField(_("accepted"), default=0)
    failed = models.PositiveIntegerField(_("failed"), default=0)
    expired = models.PositiveIntegerField(_("expired"), default=0)
    dropped = models.PositiveIntegerField(_("dropped"), default=0)
    shown = models.PositiveIntegerField(_("shown"), default=0)
    clicked = models.PositiveIntegerField(_("clicked"), default=0)
    dismissed = models.PositiveIntegerField(_("dismissed"), default=0)
    failures = models.JSONField(
        _("failures"), default=dict, blank=True, help_text=_("By answer.")
    )
    left_out = models.JSONField(
        _("left out"),
        default=dict,
        blank=True,
        help_text=_("Browsers that do not get it, by reason."),
    )
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    started_at = models.DateTimeField(_("started at"), null=True, blank=True)
    moved_at = models.DateTimeField(
        _("moved at"),
        null=True,
        blank=True,
        help_text=_("When something of it was last sent."),
    )
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)
    pruned_at = models.DateTimeField(
        _("pruned at"),
        null=True,
        blank=True,
        editable=False,
        help_text=_("Of its rows only the sums are left."),
    )

    class Meta:
        verbose_name = _("notification")
        verbose_name_plural = _("notifications")
        constraints = [
            models.UniqueConstraint(
                fields=["public_id"], name="push_notification_public_id_unique"
            ),
            models.UniqueConstraint(
                fields=["scope", "key"], name="push_notification_key_unique"
            ),
        ]
        indexes = [
            models.Index(fields=["scope", "-id"], name="push_notification_scope"),
            # "What is due": only those that were not planned yet.
            models.Index(
                fields=["send_at"],
                name="push_notification_due",
                condition=Q(status="pending"),
            ),
            # "What is old": only those whose rows are still there.
            models.Index(
                fields=["finished_at"],
                name="push_notification_old",
                condition=Q(pruned_at=None),
            ),
        ]

    def __str__(self) -> str:
        return next(iter(self.title.values()), str(self.public_id))

    @property
    def interactive(self) -> bool:
        """Tell whether somebody waits for it in front of a page."""
        return self.kind != self.Kind.MESSAGE

    @property
    def about_target(self) -> bool:
        """Tell whether it asks about a target, whoever wants notifications there."""
        return self.kind in {self.Kind.CHECK, self.Kind.PROOF}


class RecipientQuerySet(models.QuerySet["Recipient"]):
    """Recipients in bulk."""

    def address(self, notification: Notification, keys: Iterable[str]) -> None:
        """Address a notification to the accounts with these keys, where there are any.

        Whatever their number, a thousand of them are held at once.
        """
        rest = iter(keys)
        while some := list(islice(rest, 1000)):
            append_selected(
                self.model,
                ("notification_id", "account_id", "params"),
                Account.objects.filter(key__in=some).values_list(
                    Value(notification.pk), "pk", Value({}, models.JSONField())
                ),
            )


class Recipient(models.Model):
    """An account, or one of its browsers, that a notification is addressed to."""

    notification = models.ForeignKey(
        Notification,
        on_delete=models.CASCADE,
        related_name="recipients",
        verbose_name=_("notification"),
        db_index=False,
    )
    account = models.ForeignKey(
        Account,
        on_delete=models.CASCADE,
        related_name="recipients",
        verbose_name=_("account"),
    )
    browser = models.ForeignKey(
        Browser,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("browser"),
    )
    params = models.JSONField(_("parameters"), default=dict, blank=True)

    objects = RecipientQuerySet.as_manager()

    class Meta:
        verbose_name = _("recipient")
        verbose_name_plural = _("recipients")
        constraints = [
            models.UniqueConstraint(
                fields=["notification", "account"],
                condition=Q(browser=None),
                name="push_recipient_account_unique",
            ),
            models.UniqueConstraint(
                fields=["notification", "browser"],
                condition=Q(browser__isnull=False),
                name="push_recipient_browser_unique",
            ),
        ]
        indexes = [
            # The constraints' own indexes are partial: no look-up goes through them.
            models.Index(
                fields=["notification", "account"], name="push_recipient_notification"
            )
        ]

    def __str__(self) -> str:
        return f"{self.notification_id} → {self.account_id}"


class Batch(models.Model):
    """A range of installations of one notification: the unit of claiming."""

    notification = models.ForeignKey(
        Notification,
        on_delete=models.CASCADE,
        related_name="batches",
        verbose_name=_("notification"),
    )
    interactive = models.BooleanField(_("interactive"), default=False)
    last_id = models.BigIntegerField(_("last installation"))
    cursor = models.BigIntegerField(_("done up to installation"))
    walk = models.BooleanField(
        _("read browser by browser"),
        default=False,
        help_text=_("Where the addressed accounts are too many to begin with them."),
    )
    due_at = models.DateTimeField(_("due at"), default=timezone.now)
    lease_until = models.DateTimeField(_("leased until"), null=True, blank=True)
    lease_owner = models.UUIDField(_("lease owner"), null=True, blank=True)
    lease_cluster = models.CharField(
        _("leased by cluster"), max_length=100, blank=True, default=""
    )
    claims = models.PositiveIntegerField(_("times claimed"), default=0)
    put_off = models.PositiveSmallIntegerField(_("times put off in a row"), default=0)
    cancelled = models.PositiveIntegerField(
        _("cancelled"),
        default=0,
        help_text=_("Installations behind the cursor that were not sent to."),
    )
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)

    class Meta:
        verbose_name = _("batch")
        verbose_name_plural = _("batches")
        indexes = [
            models.Index(
                fields=["-interactive", "due_at"],
                name="push_batch_due",
                condition=Q(finished_at=None),
            )
        ]

    def __str__(self) -> str:
        return f"{self.notification_id}: {self.cursor} … {self.last_id}"


class Delivery(models.Model):
    """What became of one notification at one installation."""

    class Status(models.TextChoices):
        ACCEPTED = "accepted", _("accepted by Google")
        RETRY = "retry", _("to be tried again")
        FAILED = "failed", _("failed")
        EXPIRED = "expired", _("expired before it could be sent")
        DROPPED = "dropped", _("no longer wanted at the next attempt")

    notification = models.ForeignKey(
        Notification,
        on_delete=models.CASCADE,
        related_name="deliveries",
        verbose_name=_("notification"),
        db_index=False,
    )
    installation = models.ForeignKey(
        Installation,
        on_delete=models.CASCADE,
        related_name="deliveries",
        verbose_name=_("installation"),
    )
    account = models.ForeignKey(
        Account,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("account"),
        help_text=_("Only where each account has words of its own."),
    )
    batch = models.ForeignKey(
        Batch,
        on_delete=models.CASCADE,
        related_name="deliveries",
        verbose_name=_("batch"),
        db_index=False,
    )
    status = models.CharField(_("status"), max_length=8, choices=Status)
    answer = models.CharField(
        _("answer"),
        max_length=15,
        choices=[(answer.value, answer.value) for answer in Answer],
        blank=True,
        default="",
    )
    attempt = models.PositiveSmallIntegerField(_("attempt"), default=1)
    due_at = models.DateTimeField(_("due at"), null=True, blank=True)
    message_id = models.CharField(
        _("message id"), max_length=255, blank=True, default=""
    )
    detail = models.CharField(_("detail"), max_length=250, blank=True, default="")
    at = models.DateTimeField(_("at"), default=timezone.now)

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        constraints = [
            models.UniqueConstraint(
                fields=["notification", "installation"],
                condition=Q(account=None),
                name="push_delivery_unique",
            ),
            models.UniqueConstraint(
                fields=["notification", "installation", "account"],
                condition=Q(account__isnull=False),
                name="push_delivery_account_unique",
            ),
        ]
        indexes = [
            models.Index(
                fields=["batch", "due_at"],
                name="push_delivery_retry",
                condition=Q(status="retry"),
            )
        ]

    def __str__(self) -> str:
        return f"{self.notification_id} at {self.installation_id}: {self.status}"


class Receipt(models.Model):
    """What the service worker reported; appended, never changed.

    It may arrive before its delivery row: a browser can be faster than our database.
    """

    class Event(models.TextChoices):
        SHOWN = "shown", _("shown")
        CLICKED = "clicked", _("clicked")
        DISMISSED = "dismissed", _("dismissed")

    notification = models.ForeignKey(
        Notification,
        on_delete=models.CASCADE,
        related_name="receipts",
        verbose_name=_("notification"),
        db_index=False,
    )
    installation = models.ForeignKey(
        Installation,
        on_delete=models.CASCADE,
        related_name="receipts",
        verbose_name=_("installation"),
    )
    event = models.CharField(_("event"), max_length=9, choices=Event)
    at = models.DateTimeField(_("at"), default=timezone.now)

    class Meta:
        verbose_name = _("receipt")
        verbose_name_plural = _("receipts")
        constraints = [
            models.UniqueConstraint(
                fields=["notification", "installation", "event"],
                name="push_receipt_unique",
            )
        ]
        indexes = [models.Index(fields=["at"], name="push_receipt_at")]

    def __str__(self) -> str:
        return f"{self.notification_id} at {self.installation_id}: {self.event}"


class Heartbeat(models.Model):
    """When a part that runs by itself, such as the sender, was last seen at work."""

    name = models.CharField(_("name"), max_length=30)
    at = models.DateTimeField(_("at"), default=timezone.now)

    class Meta:
        verbose_name = _("heartbeat")
        verbose_name_plural = _("heartbeats")
        constraints = [
            models.UniqueConstraint(fields=["name"], name="push_heartbeat_name_unique")
        ]

    def __str__(self) -> str:
        return self.name


class Project(models.Model):
    """One Firebase project, as all workers share it: its pace, and what holds it."""

    name = models.CharField(_("name"), max_length=255, blank=True, default="")
    free_at = models.DateTimeField(_("budget used up to"), default=timezone.now)
    ramp_from = models.DateTimeField(_("pace grows from"), default=timezone.now)
    held_until = models.DateTimeField(_("held until"), null=True, blank=True)
    holds = models.PositiveSmallIntegerField(_("holds in a row"), default=0)
    trouble = models.CharField(_("trouble"), max_length=250, blank=True, default="")

    class Meta:
        verbose_name = _("Firebase project")
        verbose_name_plural = _("Firebase projects")
        constraints = [
            models.UniqueConstraint(fields=["name"], name="push_project_name_unique")
        ]

    def __str__(self) -> str:
        return self.name
