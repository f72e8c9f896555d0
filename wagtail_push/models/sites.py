"""What a portal's operator sets in Wagtail's admin, over what stands in the settings."""

from datetime import datetime

from django.apps import apps
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from wagtail.contrib.settings.models import BaseSiteSetting

from wagtail_push.conf import MAX_TTL, asset, settings


class PushSiteSettings(BaseSiteSetting):
    """One site's settings; those of the default site count for messages.

    A worker sends without a request, so it knows no other site. The table is there in
    every portal; without ``wagtail.contrib.settings`` nobody reads or writes it.
    """

    name = models.CharField(
        _("name"),
        max_length=100,
        blank=True,
        default="",
        help_text=_(
            "What notifications call the portal. Empty: as its developers set it. "
            "If there are several sites, only the settings of the default one count "
            "for messages."
        ),
    )
    icon = models.CharField(
        _("icon"),
        max_length=500,
        blank=True,
        default="",
        help_text=_(
            "The picture in a notification: its address, a path that begins with /, or "
            "the name of a static file. Empty: as the portal’s developers set it."
        ),
    )
    badge = models.CharField(
        _("badge"),
        max_length=500,
        blank=True,
        default="",
        help_text=_(
            "The small picture of one colour in Android’s status bar, given likewise."
        ),
    )
    ttl = models.PositiveIntegerField(
        _("validity of announcements in seconds"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(MAX_TTL)],
        help_text=_(
            "For announcements that have none of their own. 3600 is one hour, 86400 one "
            "day. What the scope allows is never exceeded."
        ),
    )
    quiet_from = models.TimeField(
        _("quiet hours from"),
        null=True,
        blank=True,
        help_text=_(
            "In the portal’s time zone. Editors are asked before they send an "
            "announcement in quiet hours; messages of the portal itself do not wait."
        ),
    )
    quiet_to = models.TimeField(
        _("quiet hours to"),
        null=True,
        blank=True,
        help_text=_("From 22:00 to 7:00 goes on over midnight."),
    )

    class Meta:
        verbose_name = _("push notifications")
        verbose_name_plural = _("push notifications")
        # Wagtail makes the row of a site by itself, and nobody deletes it.
        default_permissions = ("change",)

    @classmethod
    def for_messages(cls) -> "PushSiteSettings":
        """Return the default site's, or empty ones where there are none; ask once.

        Whoever writes a page of messages asks for it anew: workers live for long.
        """
        if not apps.is_installed("wagtail.contrib.settings"):
            return cls()
        return cls.objects.filter(site__is_default_site=True).first() or cls()

    def clean(self) -> None:
        """Refuse half of the quiet hours, and pictures that are not there."""
        errors: dict[str, object] = {}
        if (self.quiet_from is None) != (self.quiet_to is None):
            missing = "quiet_from" if self.quiet_from is None else "quiet_to"
            errors[missing] = _("Give both ends of the quiet hours, or none.")
        elif self.quiet_from is not None and self.quiet_from == self.quiet_to:
            errors["quiet_to"] = _("Quiet hours end at another time than they begin.")
        for field in ("icon", "badge"):
            try:
                asset(getattr(self, field))
            except ValueError:
                errors[field] = _("There is no such static file.")
        if errors:
            raise ValidationError(errors)

    @property
    def portal_name(self) -> str:
        """Return what notifications call the portal."""
        return self.name or settings.name

    @property
    def icon_url(self) -> str:
        """Return the address of the notifications' icon."""
        return _known(self.icon) or settings.icon

    @property
    def badge_url(self) -> str:
        """Return the address of the notifications' badge."""
        return _known(self.badge) or settings.badge

    def is_quiet(self, at: datetime) -> bool:
        """Tell whether quiet hours hold at this moment, by the portal's own clock.

        They end before ``quiet_to``. What the clock shows twice in autumn is quiet both
        times.
        """
        if self.quiet_from is None or self.quiet_to is None:
            return False
        time = timezone.localtime(at, timezone.get_default_timezone()).time()
        if self.quiet_from <= self.quiet_to:
            return self.quiet_from <= time < self.quiet_to
        return time >= self.quiet_from or time < self.quiet_to


def _known(value: str) -> str:
    try:
        return asset(value)
    except ValueError:
        # A static file that is no longer there must not keep messages from being sent.
        return ""
