"""Who may call, how often, and in which form answers go out.

Each view names all of its policy classes, so that a host's own defaults for Django REST
framework can neither loosen nor break it.
"""

from collections.abc import Callable
from functools import cache, partial
from typing import Any
from urllib.parse import unquote
from uuid import UUID

from django.shortcuts import get_object_or_404
from django.utils.decorators import method_decorator
from django.utils.functional import cached_property
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.authentication import SessionAuthentication
from rest_framework.exceptions import PermissionDenied
from rest_framework.generics import GenericAPIView
from rest_framework.permissions import IsAuthenticated
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle

from wagtail_push import registry
from wagtail_push.api.bodies import BodyParser
from wagtail_push.api.problems import PROBLEM, handle_exception
from wagtail_push.api.serializers import ProblemSerializer
from wagtail_push.device import read_device
from wagtail_push.exceptions import AccountChanged
from wagtail_push.models import Account, Browser, Installation, NotificationScope


#: The account that the page shows: another tab may have switched meanwhile. The key is
#: percent-encoded, since a header holds no other letters.
ACCOUNT_HEADER = "X-Push-Account"


def describe(*problems: int, **kwargs: Any) -> Any:
    """Describe a method for the schema, whatever schema class the host has set.

    :param problems: the statuses of problem documents, beside those of any body.
    """
    if kwargs.get("request"):
        problems += (400, 413, 415)

    def decorate(method: Any) -> Any:
        # extend_schema builds on what it finds here, else on the host's default.
        method.kwargs = {"schema": AutoSchema}
        responses = {
            (status, JSONRenderer.media_type) if shape else status: shape
            for status, shape in kwargs["responses"].items()
        } | dict.fromkeys([(n, PROBLEM) for n in problems], ProblemSerializer)
        return extend_schema(**kwargs | {"responses": responses})(method)

    return decorate


#: What any call of a customer's page, or of a worker, may be answered.
of_customer = partial(
    describe,
    *(403, 409, 429),
    parameters=[
        OpenApiParameter(
            ACCOUNT_HEADER,
            location=OpenApiParameter.HEADER,
            description="The key of the account that the page shows, percent-encoded.",
        )
    ],
)
of_worker = partial(describe, 401, 429)


class LoginThrottle(SimpleRateThrottle):
    """So many calls a minute for one login, whatever address they come from."""

    scope = "wagtail_push_login"
    rate = "240/min"

    def get_cache_key(self, request: Request, view: Any) -> str:
        """Count by login."""
        return f"wagtail_push.throttle.{self.scope}.{request.user.pk}"


class RegisterThrottle(LoginThrottle):
    """So many registrations a minute for one login: each of them sends a push."""

    scope = "wagtail_push_register"
    rate = "60/min"

    def allow_request(self, request: Request, view: Any) -> bool:
        """Count what registers, and nothing else."""
        return request.method != "POST" or super().allow_request(request, view)


class TroubleThrottle(LoginThrottle):
    """So many troubles a minute from one login: each of them is logged."""

    scope = "wagtail_push_trouble"
    rate = "10/min"


class InstallationThrottle(SimpleRateThrottle):
    """So many reports a minute from one installation."""

    scope = "wagtail_push_installation"
    rate = "120/min"

    def get_cache_key(self, request: Request, view: Any) -> str | None:
        """Count by installation, never by address: many share one."""
        if not isinstance(request.auth, Installation):
            return None
        return f"wagtail_push.throttle.installation.{request.auth.pk}"


# What is posted here holds targets and proofs: Django's reports of errors hide it.
@method_decorator(sensitive_variables(), name="dispatch")
@method_decorator(never_cache, name="dispatch")
class PushView(GenericAPIView[Any]):
    """The policies that all endpoints share."""

    renderer_classes = (JSONRenderer,)
    parser_classes = (BodyParser,)
    pagination_class: Any = None
    filter_backends = ()
    schema = AutoSchema()
    # What there is, the schema says.
    metadata_class = None

    def get_exception_handler(self) -> Any:
        """Answer errors as problem documents, whatever the host has set."""
        return handle_exception

    def perform_content_negotiation(
        self, request: Request, force: bool = False
    ) -> tuple[Any, str]:
        """Answer JSON, whatever is asked for."""
        return JSONRenderer(), JSONRenderer.media_type


class CustomerView(PushView):
    """An endpoint of the settings page: a signed-in login that acts for an account."""

    authentication_classes = (SessionAuthentication,)
    permission_classes = (IsAuthenticated,)
    throttle_classes: Any = (LoginThrottle,)

    def get_key(self) -> str:
        """Return the key of the account that this request acts for."""
        key = registry.current_key(self.request)
        if key is None:
            raise PermissionDenied(code="no_account")
        shown = self.request.headers.get(ACCOUNT_HEADER)
        if shown is not None and unquote(shown) != key:
            raise AccountChanged
        return key

    def get_account(self) -> Account:
        """Return the account that this request acts for."""
        return registry.get_account(self.get_key())

    def get_queryset(self) -> Any:
        """Return the account's browsers: those of others do not exist here."""
        device_id = read_device(self.request._request)
        return registry.browsers_of(self.get_account(), device_id)

    def get_browser(self, browser_id: UUID) -> Browser:
        """Return one of the account's browsers, or answer 404."""
        browser: Browser = get_object_or_404(self.get_queryset(), public_id=browser_id)
        return browser

    @cached_property
    def scopes_of(self) -> Callable[[str], list[NotificationScope]]:
        """Return what tells the scopes that an account sees, and asks only once."""
        return cache(registry.scopes)

    def get_serializer_context(self) -> dict[str, Any]:
        """Add what tells the browser that asks, and the scopes."""
        return {
            **super().get_serializer_context(),
            "device_id": read_device(self.request._request),
            "scopes_of": self.scopes_of,
        }
