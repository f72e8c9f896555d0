"""The registry: physical browsers, and what they are to a customer account."""

import re
import uuid
from collections.abc import Iterable

from django.conf import settings
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from wagtail_push.messages import Target, TargetKind
from wagtail_push.models.accounts import Account
from wagtail_push.signals import browser_removed


#: Characters of a browser's name, at most.
NAME_LENGTH = 60


def describe(software: str, system: str) -> str:
    """Return browser and system as one phrase in the active language."""
    if software and system:
        phrase = gettext("%(browser)s on %(system)s")
        return phrase % {"browser": software, "system": system}
    return software or system


def support_code(public_id: uuid.UUID, status: str) -> str:
    """Return what tells support of a browser; no part of its target is in it."""
    return f"PUSH-{public_id.hex[:8]}-{status}".upper()


#: What ``support_code`` returns; its end may be left out.
SUPPORT_CODE = re.compile(r"PUSH-([0-9A-F]{8})(?:-[A-Z-]*)?", re.IGNORECASE)


class InstallationQuerySet(models.QuerySet["Installation"]):
    """Bulk operations on physical browsers."""

    @transaction.atomic
    def erase(self, hashes: Iterable[str], reason: str) -> list[int]:
        """End the registrations that hold these targets; return the browsers' keys.

        Rows are matched by the hash that was sent to, so that a target which was
        renewed meanwhile survives. Name, scopes and reason stay with the browser rows.
        """
        held = self.locked().filter(target_hash__in=list(hashes))
        ids = list(held.values_list("pk", flat=True))
        ended = Browser.objects.filter(installation_id__in=ids).end(reason)
        self.filter(pk__in=ids).forget()
        return ended

    def locked(self) -> "InstallationQuerySet":
        """Lock the rows until the transaction ends, in the order of their keys.

        The key itself is not locked: rows that refer to it are written all the while.
        """
        return self.select_for_update(no_key=True).order_by("pk")

    def forget(self) -> None:
        """Erase the targets: nothing can be sent, and no worker may report."""
        self.update(
            target="",
            target_hash=None,
            fid_hash="",
            capability_version=models.F("capability_version") + 1,
        )


class Installation(models.Model):
    """One browser profile on one origin, whatever accounts it serves.

    A target has no length that anyone promises, so it is unique by its hash; an erased
    one has none.
    """

    class Worker(models.TextChoices):
        OWN = "own", _("ours")
        FOREIGN = "foreign", _("another one")

    device_id = models.UUIDField(_("device id"), default=uuid.uuid4)
    target_kind = models.CharField(
        _("kind of target"),
        max_length=5,
        choices=[(kind.value, kind.value) for kind in TargetKind],
    )
    target = models.TextField(_("target"), blank=True)
    target_hash = models.CharField(_("hash of the target"), max_length=64, null=True)  # noqa: DJ001  NULL: many erased rows, one of each target
    fid_hash = models.CharField(
        _("hash of the installation ID"), max_length=64, blank=True
    )
    key_fingerprint = models.CharField(
        _("fingerprint of the server key"), max_length=64, blank=True
    )
    worker = models.CharField(
        _("service worker"), max_length=7, choices=Worker, default=Worker.OWN
    )
    capability_version = models.PositiveIntegerField(
        _("version of the capability"), default=1
    )
    software = models.CharField(_("browser"), max_length=60, blank=True, default="")
    system = models.CharField(
        _("operating system"), max_length=60, blank=True, default=""
    )
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    last_seen_at = models.DateTimeField(_("last seen at"), default=timezone.now)
    changed_at = models.DateTimeField(
        _("subscription changed at"),
        null=True,
        blank=True,
        help_text=_("As its service worker reported; empty again once renewed."),
    )

    objects = InstallationQuerySet.as_manager()

    class Meta:
        verbose_name = _("installation")
        verbose_name_plural = _("installations")
        constraints = [
            models.UniqueConstraint(
                fields=["device_id"], name="push_installation_device_unique"
            ),
            # A partial index is no key for PostgreSQL: erasing a target does not wait
            # for those who write deliveries of the same installation, nor they for it.
            models.UniqueConstraint(
                fields=["target_hash"],
                condition=Q(target_hash__isnull=False),
                name="push_installation_target_unique",
            ),
        ]
        indexes = [
            models.Index(fields=["fid_hash"], name="push_installation_fid"),
            models.Index(fields=["last_seen_at"], name="push_installation_seen"),
        ]

    def __str__(self) -> str:
        return self.description or str(self.device_id)

    @property
    def description(self) -> str:
        """Return what to call it, for example ``Firefox on Linux``."""
        return describe(self.software, self.system)

    def set_target(self, target: Target) -> None:
        """Hold this target from now on."""
        self.target_kind = target.kind
        self.target = target.value
        self.target_hash = target.digest
        self.fid_hash = target.fid_digest


class BrowserQuerySet(models.QuerySet["Browser"]):
    """What customers see and manage."""

    def registered(self) -> "BrowserQuerySet":
        """Leave out those that were removed."""
        return self.filter(removed_at=None)

    def with_support_code(self, code: str) -> "BrowserQuerySet | None":
        """Return those that have this support code; None where it is none at all.

        They are one range of the index on the public id.
        """
        found = SUPPORT_CODE.fullmatch(code)
        if found is None:
            return None
        first, last = (uuid.UUID(found[1] + end * 24) for end in "0f")
        return self.filter(public_id__range=(first, last))

    def end(self, reason: str) -> list[int]:
        """End these registrations for a reason; return the keys of those that were.

        Name, scopes and reason stay for the return.
        """
        registered = self.registered()
        ended = list(registered.locked().values_list("pk", flat=True))
        registered.update(removed_at=timezone.now(), removed_reason=reason)
        return ended

    def locked(self) -> "BrowserQuerySet":
        """Lock the rows until the transaction ends, in the order of their keys.

        Whoever writes rows that refer to them takes this first: one that is removed at
        the same moment is then either there until the end, or not found at all.
        """
        return self.select_for_update(no_key=True).order_by("pk")

    def tell_removed(self, reason: str) -> None:
        """Tell the host that these registrations ended."""
        for browser in self:
            browser_removed.send_robust(Browser, browser=browser, reason=reason)

    @transaction.atomic
    def discard(self) -> None:
        """Delete these with all that refers to them."""
        # Django collects that first: nobody must be about to add to it.
        list(self.select_for_update().order_by("pk").values("pk"))
        self.delete()


class Browser(models.Model):
    """One installation on one account, registered through one login.

    This is what a customer names, pauses, removes, and chooses scopes for. One that the
    system removed keeps its row for a while, with the reason, and finds it on return;
    one that the customer removed is gone.
    """

    class Reason(models.TextChoices):
        UNREGISTERED = "unregistered", _("the browser no longer accepts notifications")
        SENDER_MISMATCH = (
            "sender-mismatch",
            _("it was registered with another sender"),
        )
        BAD_TARGET = "bad-target", _("its registration is not valid")
        LOST = "lost", _("the browser no longer shows notifications of this site")
        TAKEN_OVER = "taken-over", _("another customer registered it")
        UNSEEN = "unseen", _("it was not used for nine months")
        CUSTOMER = "customer", _("it was removed on this page")

    public_id = models.UUIDField(_("public id"), default=uuid.uuid4, editable=False)
    installation = models.ForeignKey(
        Installation,
        on_delete=models.CASCADE,
        related_name="browsers",
        verbose_name=_("installation"),
        db_index=False,
    )
    account = models.ForeignKey(
        Account,
        on_delete=models.CASCADE,
        related_name="browsers",
        verbose_name=_("account"),
        db_index=False,
    )
    login = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="+",
        verbose_name=_("login"),
    )
    name = models.CharField(_("name"), max_length=NAME_LENGTH)
    language = models.CharField(_("language"), max_length=16, blank=True, default="")
    paused_at = models.DateTimeField(_("paused at"), null=True, blank=True)
    signed_out_at = models.DateTimeField(
        _("signed out at"),
        null=True,
        blank=True,
        help_text=_("Nothing is sent until its login signs in there again."),
    )
    hide_details = models.BooleanField(
        _("hide details"),
        default=False,
        help_text=_("Notifications only say that there is something new."),
    )
    pause_on_sign_out = models.BooleanField(
        _("pause on sign-out"),
        default=False,
        help_text=_("Counts where the portal leaves it to its customers."),
    )
    removed_at = models.DateTimeField(_("removed at"), null=True, blank=True)
    removed_reason = models.CharField(
        _("reason of removal"), max_length=20, choices=Reason, blank=True, default=""
    )
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    objects = BrowserQuerySet.as_manager()

    class Meta:
        verbose_name = _("browser")
        verbose_name_plural = _("browsers")
        # Customers make browsers, and nothing but the registry deletes them.
        default_permissions = ("view", "change")
        constraints = [
            models.UniqueConstraint(
                fields=["public_id"], name="push_browser_public_id_unique"
            ),
            models.UniqueConstraint(
                fields=["installation", "account"], name="push_browser_unique"
            ),
        ]
        indexes = [
            models.Index(fields=["account", "-id"], name="push_browser_account"),
            # "Who gets this": a broadcast walks the live ones along installations.
            models.Index(
                fields=["installation", "account"],
                name="push_browser_live",
                condition=Q(removed_at=None, paused_at=None),
            ),
            models.Index(
                fields=["removed_at"],
                name="push_browser_removed",
                condition=Q(removed_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def status(self) -> str:
        """Return ``active``, ``paused``, ``signed-out`` or ``removed``."""
        if self.removed_at:
            return "removed"
        if self.paused_at:
            return "paused"
        return "signed-out" if self.signed_out_at else "active"

    @property
    def is_paused(self) -> bool:
        """Tell whether its customer, or a sign-out, keeps it from being sent to."""
        return bool(self.paused_at or self.signed_out_at)
