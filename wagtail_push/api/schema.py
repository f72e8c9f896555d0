"""The OpenAPI schema of our own endpoints, and of nothing else in the project."""

from typing import Any

from drf_spectacular.renderers import OpenApiJsonRenderer, OpenApiYamlRenderer
from drf_spectacular.views import SpectacularAPIView
from rest_framework.permissions import AllowAny

from wagtail_push.messages import TargetKind
from wagtail_push.models import Notification


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
        "DESCRIPTION": (
            "Endpoints of the settings page and of the service worker. What changes "
            "something by the session's cookie needs `X-CSRFToken`, too."
        ),
        "VERSION": "1",
        # What is asked for may not be empty; what is answered may.
        "COMPONENT_SPLIT_REQUEST": True,
        # Relative to the schema's own address, wherever the host includes it.
        "SERVERS": [{"url": ".."}],
        "ENUM_NAME_OVERRIDES": {
            "TargetKindEnum": [(kind.value, kind) for kind in TargetKind],
            "NotificationKindEnum": Notification.Kind.choices,
        },
    }

    # Only our own: a host's other APIs are none of our business.
    urlconf = "wagtail_push.api.urls"
