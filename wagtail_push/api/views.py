"""The endpoints of the page's JavaScript and of the service worker.

Each view names all of its policy classes, so that a host's own defaults for Django REST
framework can neither loosen nor break it.
"""

from typing import Any
from urllib.parse import unquote
from uuid import UUID

from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.authentication import SessionAuthentication
from rest_framework.exceptions import PermissionDenied
from rest_framework.generics import GenericAPIView
from rest_framework.parsers import JSONParser
from rest_framework.permissions import IsAuthenticated
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import SimpleRateThrottle

from wagtail_push import receipts, registry
from wagtail_push.api.authentication import CapabilityAuthentication, IsInstallation
from wagtail_push.api.problems import ProblemRenderer, handle_exception
from wagtail_push.api.serializers import (
    BrowserSerializer,
    ChoiceSerializer,
    ProblemSerializer,
    ProgressSerializer,
    ReceiptSerializer,
    RegisterSerializer,
    RegistrationSerializer,
)
from wagtail_push.device import read_device, write_device
from wagtail_push.exceptions import AccountChanged
from wagtail_push.messages import Target, TargetKind
from wagtail_push.models import (
    Account,
    Browser,
    Installation,
    Notification,
    NotificationScope,
    Receipt,
)


#: The account that the page shows: another tab may have switched meanwhile. The key is
#: percent-encoded, since a header holds no other letters.
ACCOUNT_HEADER = "X-Push-Account"


def describe(**kwargs: Any) -> Any:
    """Describe a method for the schema, whatever schema class the host has set."""

    def decorate(method: Any) -> Any:
        # extend_schema builds on what it finds here, else on the host's default.
        method.kwargs = {"schema": AutoSchema}
        return extend_schema(**kwargs)(method)

    return decorate


class LoginThrottle(SimpleRateThrottle):
    """So many calls a minute for one login, whatever address they come from."""

    scope = "wagtail_push_login"
    rate = "240/min"

    def get_cache_key(self, request: Request, view: Any) -> str:
        """Count by login."""
        return f"wagtail_push.throttle.login.{request.user.pk}"


class InstallationThrottle(SimpleRateThrottle):
    """So many reports a minute from one installation."""

    scope = "wagtail_push_installation"
    rate = "120/min"

    def get_cache_key(self, request: Request, view: Any) -> str | None:
        """Count by installation, never by address: many share one."""
        if not isinstance(request.auth, Installation):
            return None
        return f"wagtail_push.throttle.installation.{request.auth.pk}"


@method_decorator(never_cache, name="dispatch")
class PushView(GenericAPIView[Any]):
    """The policies that all endpoints share."""

    renderer_classes = (JSONRenderer, ProblemRenderer)
    parser_classes = (JSONParser,)
    pagination_class = None
    filter_backends = ()
    schema = AutoSchema()

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
    throttle_classes = (LoginThrottle,)

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
        return registry.browsers_of(self.get_account())

    def get_browser(self, browser_id: UUID) -> Browser:
        """Return one of the account's browsers, or answer 404."""
        browser: Browser = get_object_or_404(self.get_queryset(), public_id=browser_id)
        return browser

    def get_serializer_context(self) -> dict[str, Any]:
        """Add what tells the browser that asks, and the scopes."""
        return {
            **super().get_serializer_context(),
            "device_id": read_device(self.request._request),
            "scopes": registry.scopes(),
        }


class BrowsersView(CustomerView):
    """The account's browsers."""

    serializer_class = BrowserSerializer

    @describe(responses={200: BrowserSerializer(many=True)})
    def get(self, request: Request) -> Response:
        """List all browsers registered on the account."""
        return Response(self.get_serializer(self.get_queryset(), many=True).data)

    @describe(
        request=RegisterSerializer,
        responses={
            201: RegistrationSerializer,
            200: RegistrationSerializer,
            400: ProblemSerializer,
            403: ProblemSerializer,
            409: ProblemSerializer,
        },
    )
    def post(self, request: Request) -> Response:
        """Register the browser that asks, or renew its registration."""
        posted = RegisterSerializer(data=request.data)
        posted.is_valid(raise_exception=True)
        data = posted.validated_data
        http = request._request
        done = registry.register(
            key=self.get_key(),
            login=request.user,
            device_id=read_device(http),
            target=Target(TargetKind(data["kind"]), data["target"]),
            name=data["name"],
            language=data["language"],
            key_fingerprint=data["key_fingerprint"],
            user_agent=http.headers.get("User-Agent", "")[:500],
            choices=data["scopes"],
        )
        answer = Response(
            {
                "browser": self.get_serializer(done.browser).data,
                "capability": done.capability,
                "confirmation": str(done.confirmation.public_id),
            },
            status=status.HTTP_201_CREATED if done.created else status.HTTP_200_OK,
        )
        write_device(http, answer, done.browser.installation.device_id)
        return answer


class BrowserView(CustomerView):
    """One of the account's browsers."""

    serializer_class = BrowserSerializer

    @describe(responses={200: BrowserSerializer, 404: ProblemSerializer})
    def get(self, request: Request, browser_id: UUID) -> Response:
        """Show one browser."""
        return Response(self.get_serializer(self.get_browser(browser_id)).data)


class ScopeChoiceView(CustomerView):
    """The choice for one scope on one browser."""

    serializer_class = BrowserSerializer

    @describe(
        request=ChoiceSerializer,
        responses={
            200: BrowserSerializer,
            404: ProblemSerializer,
            409: ProblemSerializer,
        },
    )
    def put(self, request: Request, browser_id: UUID, scope: str) -> Response:
        """Switch one scope on or off; it is saved at once."""
        posted = ChoiceSerializer(data=request.data)
        posted.is_valid(raise_exception=True)
        browser = self.get_browser(browser_id)
        try:
            registry.choose_scope(browser, scope, posted.validated_data["wanted"])
        except NotificationScope.DoesNotExist:
            raise Http404 from None
        return Response(self.get_serializer(self.get_browser(browser_id)).data)


class NotificationView(CustomerView):
    """How far a notification is."""

    serializer_class = ProgressSerializer

    @describe(responses={200: ProgressSerializer, 404: ProblemSerializer})
    def get(self, request: Request, notification_id: UUID) -> Response:
        """Show how far a notification is at the browser that asks."""
        browser = registry.current_browser(
            self.get_account(), read_device(request._request)
        )
        if browser is None:
            raise Http404
        notification = get_object_or_404(
            Notification, public_id=notification_id, recipients__browser=browser
        )
        how_far = receipts.progress(notification, browser)
        return Response(
            {
                "id": str(notification.public_id),
                "state": how_far.state,
                "sent_at": how_far.sent_at,
                "shown_at": how_far.shown_at,
                "seconds": how_far.seconds,
                "reason": how_far.reason,
            }
        )


class ReceiptsView(PushView):
    """What service workers report."""

    authentication_classes = (CapabilityAuthentication,)
    permission_classes = (IsInstallation,)
    throttle_classes = (InstallationThrottle,)
    serializer_class = ReceiptSerializer

    @describe(
        request=ReceiptSerializer,
        responses={
            204: None,
            400: ProblemSerializer,
            401: ProblemSerializer,
            404: ProblemSerializer,
        },
    )
    def post(self, request: Request) -> Response:
        """Keep one receipt; 204 means that it is committed."""
        posted = self.get_serializer(data=request.data)
        posted.is_valid(raise_exception=True)
        notification = get_object_or_404(
            Notification, public_id=posted.validated_data["notification"]
        )
        installation: Any = request.auth
        event = Receipt.Event(posted.validated_data["event"])
        try:
            receipts.report(installation, notification, event)
        except Notification.DoesNotExist:
            raise Http404 from None
        return Response(status=status.HTTP_204_NO_CONTENT)
