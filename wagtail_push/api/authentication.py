"""Who calls: a signed-in customer's page, or a service worker with its capability."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from wagtail_push.models import Installation
from wagtail_push.receipts import read_capability


class CapabilityAuthentication(BaseAuthentication):
    """``Authorization: Capability …``: what the worker was given at registration.

    A worker has no session: the customer may have signed out long ago. The capability
    lets it report on notifications and nothing else.
    """

    def authenticate(self, request: Request) -> tuple[None, Installation] | None:
        """Return the installation as ``request.auth``; there is no user."""
        kind, _space, value = get_authorization_header(request).partition(b" ")
        if kind.lower() != b"capability":
            return None
        installation = read_capability(value.decode("latin-1").strip())
        if installation is None:
            raise AuthenticationFailed(
                _("This capability is not valid any more."), code="bad_capability"
            )
        return None, installation

    def authenticate_header(self, request: Request) -> str:
        """Return the scheme, which makes the answer 401."""
        return "Capability"


class IsInstallation(BasePermission):
    """Let in whoever holds a capability."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        """Tell whether a capability was given."""
        return isinstance(request.auth, Installation)


class CapabilityScheme(OpenApiAuthenticationExtension):
    """How the schema names the capability."""

    target_class = CapabilityAuthentication
    name = "capability"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        """Return the header's description."""
        return {
            "type": "apiKey",
            "in": "header",
            "name": "Authorization",
            "description": "`Capability …`, as registering answered it.",
        }
