"""What editors write: drafts that become one notification when they are sent."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from modelcluster.fields import ParentalKey
from modelcluster.models import ClusterableModel
from wagtail.models import PreviewableMixin, RevisionMixin

from wagtail_push.conf import MAX_TTL
from wagtail_push.models.notifications import Notification
from wagtail_push.models.scopes import (
    NotificationScope,
    best_language,
    default_language,
    language_choices,
)
from wagtail_push.models.sites import PushSiteSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """What one kind of browser shows of a notification.

    From https://developer.mozilla.org/docs/Web/API/ServiceWorkerRegistration/showNotification
    and its table of browsers; lengths are what fits before it is cut off.
    """

    label: Any
    title: int
    body: int
    image: bool = False
    dropped: tuple[Any, ...] = ()


NO_IMAGE = _("The image is not shown.")
NO_BUTTON = _("There is no button “Turn off this kind”.")

DEVICES: Mapping[str, Device] = MappingProxyType(
    {
        "windows": Device(
            label=_("Chrome or Edge on Windows"), title=60, body=200, image=True
        ),
        "android": Device(label=_("Chrome on Android"), title=45, body=120, image=True),
        "firefox": Device(
            label=_("Firefox on a computer"), title=60, body=150, dropped=(NO_IMAGE,)
        ),
        "macos": Device(
            label=_("Safari on a Mac"),
            title=45,
            body=110,
            dropped=(
                NO_IMAGE,
                NO_BUTTON,
                _("The icon is Safari's or the site's own, not the portal's."),
            ),
        ),
        "iphone": Device(
            label=_("iPhone, on the home screen"),
            title=35,
            body=110,
            dropped=(
                NO_IMAGE,
                NO_BUTTON,
                _("Only a portal that was added to the home screen receives anything."),
            ),
        ),
    }
)

#: What belongs to the row as it is, and to no revision of its words.
OF_TODAY = (
    "public_id",
    "notification",
    "on_publish",
    "sendings",
    "estimate",
    "estimate_asked_at",
    "estimated_at",
    "created_by",
)


class Announcement(PreviewableMixin, RevisionMixin, ClusterableModel):
    """A message that an editor writes; sending it makes one notification.

    There is no foreign key to a page: a host may have swapped Wagtail's model.
    """

    #: What the first text of a new one begins with.
    begun_text: Mapping[str, str] = MappingProxyType({})
    #: What our own words in a preview are read in.
    read_in: str | None = None

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        ON_PUBLISH = "on-publish", _("Waits for its page")
        SCHEDULED = "scheduled", _("Scheduled")
        WAITING = "waiting", _("About to be sent")
        SENDING = "sending", _("Being sent")
        DONE = "done", _("Sent")
        CANCELLED = "cancelled", _("Cancelled")

    public_id = models.UUIDField(_("public id"), default=uuid.uuid4, editable=False)
    scope = models.ForeignKey(
        NotificationScope,
        on_delete=models.PROTECT,
        related_name="announcements",
        verbose_name=_("notification scope"),
        help_text=_("Customers who have switched it off do not get the announcement."),
    )
    audience = models.CharField(
        _("audience"),
        max_length=50,
        blank=True,
        default="",
        help_text=_("Whom it is for."),
    )
    page_pk = models.PositiveBigIntegerField(
        _("page"),
        null=True,
        blank=True,
        help_text=_("What a click opens: a page of this site …"),
    )
    url = models.CharField(
        _("address"),
        max_length=2000,
        blank=True,
        default="",
        help_text=_("… or any path of the portal, such as /invoices/."),
    )
    image = models.CharField(
        _("image"),
        max_length=2000,
        blank=True,
        default="",
        help_text=_("Its address. Only Chrome, Edge and Opera show it."),
    )
    ttl = models.PositiveIntegerField(
        _("validity in seconds"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(MAX_TTL)],
        help_text=_(
            "Whoever was not reached by then does not get it any more. "
            "3600 is one hour, 86400 one day. Empty: as long as its scope allows."
        ),
    )
    send_at = models.DateTimeField(
        _("send at"),
        null=True,
        blank=True,
        help_text=_(
            "In the time zone of your account; up to 90 seconds late. "
            "Empty: as soon as you send it."
        ),
    )
    note = models.TextField(
        _("internal note"),
        blank=True,
        default="",
        help_text=_("Customers never see it."),
    )
    notification = models.OneToOneField(
        Notification,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="announcement",
        verbose_name=_("notification"),
    )
    on_publish = models.BooleanField(
        _("send when the page is published"), default=False, editable=False
    )
    sendings = models.PositiveSmallIntegerField(
        _("times sent or scheduled"), default=0, editable=False
    )
    estimate = models.JSONField(_("estimate"), null=True, blank=True, editable=False)
    estimate_asked_at = models.DateTimeField(
        _("estimate asked for at"), null=True, blank=True, editable=False
    )
    estimated_at = models.DateTimeField(
        _("estimated at"), null=True, blank=True, editable=False
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        verbose_name=_("written by"),
    )
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    class Meta:
        verbose_name = _("announcement")
        verbose_name_plural = _("announcements")
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["page_pk"], name="push_announcement_page"),
        ]
        permissions = [
            ("send_announcement", "Can send, schedule and cancel announcements"),
            ("statistics_announcement", "Can view what became of announcements"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["public_id"], name="push_announcement_public_id_unique"
            )
        ]

    def __str__(self) -> str:
        text = self.text(get_language() or "")
        return text.title if text else str(self.public_id)

    def text(self, language: str = "") -> "AnnouncementText | None":
        """Return the words in this language, or in the one that comes nearest."""
        texts = {text.language: text for text in self.texts.all()}
        code = best_language(language or default_language(), list(texts))
        return texts[code] if code is not None else None

    @property
    def state(self) -> "Announcement.State":
        """Return how far it is."""
        told = self.notification
        if told is None:
            return self.State.ON_PUBLISH if self.on_publish else self.State.DRAFT
        match told.status:
            case Notification.Status.PENDING:
                later = told.send_at > timezone.now()
                return self.State.SCHEDULED if later else self.State.WAITING
            case Notification.Status.SENDING:
                return self.State.SENDING
            case Notification.Status.DONE:
                return self.State.DONE
        return self.State.CANCELLED

    def with_content_json(self, content: dict[str, Any]) -> "Announcement":
        """Return it with the words of a revision, and as far as it is today."""
        found: Announcement = super().with_content_json(content)
        for name in OF_TODAY:
            setattr(found, name, getattr(self, name))
        return found

    @property
    def preview_modes(self) -> list[tuple[str, Any]]:
        """Return where it can be looked at before it is sent."""
        return [(name, device.label) for name, device in DEVICES.items()]

    def make_preview_request(self, *args: Any, **kwargs: Any) -> Any:
        """Return the preview, with our own words in the language of whoever looks."""
        # The site's middleware would choose another one for the request in between.
        self.read_in = get_language()
        return super().make_preview_request(*args, **kwargs)

    def get_preview_template(self, request: Any, mode_name: str) -> str:
        """Return the template that draws a notification."""
        return "wagtail_push/admin/announcement_preview.html"

    def get_preview_context(self, request: Any, mode_name: str) -> dict[str, Any]:
        """Return the texts, and what the chosen device does with them."""
        site = PushSiteSettings.for_messages()
        return {
            "announcement": self,
            "device": DEVICES.get(mode_name, DEVICES["windows"]),
            "kind": mode_name,
            "portal": site.portal_name,
            "icon": site.icon_url,
            "language": self.read_in or get_language(),
        }

    @property
    def is_draft(self) -> bool:
        """Tell whether it can still be changed."""
        return self.notification_id is None


class AnnouncementText(models.Model):
    """What customers read of an announcement, in one language."""

    announcement = ParentalKey(
        Announcement,
        on_delete=models.CASCADE,
        related_name="texts",
        verbose_name=_("announcement"),
    )
    language = models.CharField(_("language"), max_length=16, choices=language_choices)
    title = models.CharField(
        _("title"), max_length=200, help_text=_("About 50 characters are shown.")
    )
    body = models.TextField(
        _("text"), max_length=2000, help_text=_("About 120 characters are shown.")
    )

    class Meta:
        verbose_name = _("text in one language")
        verbose_name_plural = _("texts in every language")
        constraints = [
            models.UniqueConstraint(
                fields=["announcement", "language"],
                name="push_announcement_text_unique",
            )
        ]

    def __str__(self) -> str:
        return self.title
