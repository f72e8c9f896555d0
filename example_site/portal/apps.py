"""The portal as a Django app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PortalConfig(AppConfig):
    """The customer panel of a small hosting company."""

    name = "example_site.portal"
    label = "portal"
    verbose_name = _("Customer panel")
    default_auto_field = "django.db.models.BigAutoField"
