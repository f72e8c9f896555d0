"""The settings page as a Wagtail page type, for a host's own page tree."""

from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.db import models
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel
from wagtail.fields import RichTextField

from wagtail_push.portal.context import settings_page
from wagtail_push.portal.views import recognise


class PushSettingsPageMixin(models.Model):
    """Makes a page type of the settings page, with an introduction of its own.

    Put it before Wagtail's page in the bases::

        class PushPage(PushSettingsPageMixin, Page):
            content_panels = [*Page.content_panels, *PushSettingsPageMixin.push_panels]

    The addresses of ``wagtail_push.urls`` are needed all the same: the service worker,
    the API and the details of a browser stand there.
    """

    introduction = RichTextField(
        _("introduction"), blank=True, features=["bold", "link"]
    )

    push_panels = [FieldPanel("introduction")]
    push_template = "wagtail_push/settings_page.html"

    class Meta:
        abstract = True

    def get_template(self, request: HttpRequest, *args: Any, **kwargs: Any) -> str:
        """Return our template; Wagtail names one of the host's for each page type."""
        return self.push_template

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Add the page as ``push``, like the view does."""
        context = super().get_context(request, *args, **kwargs)  # type: ignore[misc]
        return {**context, "push": settings_page(request)}

    def serve(
        self, request: HttpRequest, *args: Any, **kwargs: Any
    ) -> HttpResponseBase:
        """Serve the page to whoever is signed in; others are led to signing in."""
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        response: HttpResponseBase = super().serve(  # type: ignore[misc]
            request, *args, **kwargs
        )
        add_never_cache_headers(response)
        return recognise(request, response)
