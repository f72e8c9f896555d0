"""The OpenAPI schema of our own endpoints, and of nothing else in the project."""

from typing import Any

from drf_spectacular.renderers import OpenApiJsonRenderer, OpenApiYamlRenderer
from drf_spectacular.views import SpectacularAPIView
from rest_framework.permissions import AllowAny


class SchemaView(SpectacularAPIView):
    """Serve the schema; it holds nothing that is not in the documentation."""

    authentication_classes = ()
    permission_classes = (AllowAny,)
    throttle_classes = ()
    renderer_classes = [OpenApiJsonRenderer, OpenApiYamlRenderer]
    versioning_class = None
    schema = None
    custom_settings: Any = {
        "TITLE": "wagtail-push",
        "DESCRIPTION": "Endpoints of the settings page and of the service worker.",
        "VERSION": "1",
    }

    # Only our own: a host's other APIs are none of our business.
    urlconf = "wagtail_push.api.urls"
