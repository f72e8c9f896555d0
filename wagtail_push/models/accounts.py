"""Customer accounts, as far as wagtail_push needs to know them."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Account(models.Model):
    """One customer account of the host, known by the key that the adapter gives.

    There is no foreign key to a host's model: the host may keep its accounts anywhere.
    """

    key = models.CharField(_("key"), max_length=255)
    enabled = models.BooleanField(
        _("enabled"),
        default=True,
        help_text=_("The customer's own switch for the whole account."),
    )
    forbidden = models.BooleanField(
        _("forbidden"),
        default=False,
        help_text=_("Set by the portal's operator; same effect as switched off."),
    )
    last_check = models.ForeignKey(
        "wagtail_push.Notification",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        verbose_name=_("last check of all browsers"),
    )
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    class Meta:
        verbose_name = _("account")
        verbose_name_plural = _("accounts")
        # The portal makes accounts, and nobody deletes them by hand.
        default_permissions = ("view", "change")
        constraints = [
            models.UniqueConstraint(fields=["key"], name="push_account_key_unique")
        ]

    def __str__(self) -> str:
        return self.key

    @property
    def receives(self) -> bool:
        """Tell whether anything may be sent to this account's browsers."""
        return self.enabled and not self.forbidden
