"""What kept browsers from registering and is not their customers' to mend."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Trouble(models.Model):
    """One fault of the set-up, by its code; whom it met is not kept."""

    code = models.CharField(_("code"), max_length=40)
    first_at = models.DateTimeField(_("first met at"), default=timezone.now)
    last_at = models.DateTimeField(_("last met at"), default=timezone.now)
    times = models.PositiveIntegerField(_("times"), default=0)

    class Meta:
        default_permissions = ()
        verbose_name = _("trouble")
        verbose_name_plural = _("troubles")
        constraints = [
            models.UniqueConstraint(fields=["code"], name="push_trouble_code_unique")
        ]

    def __str__(self) -> str:
        return self.code
