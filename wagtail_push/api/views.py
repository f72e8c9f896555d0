"""The endpoints of the page's JavaScript and of the service worker."""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404
from rest_framework import status
from rest_framework.pagination import PageNumberPagination
from rest_framework.request import Request
from rest_framework.response import Response

from wagtail_push import doctor, progress, receipts, registry
from wagtail_push.api.authentication import CapabilityAuthentication, IsInstallation
from wagtail_push.api.policies import (
    CustomerView,
    InstallationThrottle,
    LoginThrottle,
    PushView,
    RegisterThrottle,
    TroubleThrottle,
    of_customer,
    of_worker,
)
from wagtail_push.api.serializers import (
    AccountSerializer,
    AskedSerializer,
    BrowserSerializer,
    ChangeSerializer,
    ChoiceSerializer,
    CopiedSerializer,
    ProgressSerializer,
    ReceiptSerializer,
    RegisterSerializer,
    RegistrationSerializer,
    RenewalSerializer,
    SelectionSerializer,
    SwitchSerializer,
    TargetSerializer,
    TestsSerializer,
    TroubleSerializer,
)
from wagtail_push.device import read_device, write_device
from wagtail_push.models import Browser, Notification, NotificationScope, Receipt


class BrowserPagination(PageNumberPagination):
    """Twenty browsers at a time."""

    page_size = 20


class AccountView(CustomerView):
    """The account that the request acts for, and its switch."""

    serializer_class = AccountSerializer

    @of_customer(responses={200: AccountSerializer})
    def get(self, request: Request) -> Response:
        """Show the account, and how far the check of its browsers is."""
        return Response(self.get_serializer(self.get_account()).data)

    @of_customer(request=SwitchSerializer, responses={200: AccountSerializer})
    def put(self, request: Request) -> Response:
        """Switch notifications on or off; on again, every browser is checked."""
        posted = SwitchSerializer(data=request.data)
        posted.is_valid(raise_exception=True)
        enabled = posted.validated_data["enabled"]
        account = registry.switch_account(self.get_key(), enabled)
        return Response(self.get_serializer(account).data)


class BrowsersView(CustomerView):
    """The account's browsers."""

    serializer_class = BrowserSerializer
    pagination_class = BrowserPagination
    throttle_classes = (LoginThrottle, RegisterThrottle)

    @of_customer(404, responses={200: BrowserSerializer(many=True)})
    def get(self, request: Request) -> Response:
        """List the account's browsers: the one that asks first, then the newest."""
        page = self.paginate_queryset(self.get_queryset())
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    @of_customer(
        404,
        request=RegisterSerializer,
        responses={201: RegistrationSerializer, 200: RegistrationSerializer},
    )
    def post(self, request: Request) -> Response:
        """Register the browser that asks, or renew its registration."""
        posted = RegisterSerializer(data=request.data)
        posted.is_valid(raise_exception=True)
        data = posted.validated_data
        http = request._request
        try:
            done = registry.register(
                key=self.get_key(),
                login=request.user,
                device_id=read_device(http),
                target=data["target"],
                name=data["name"],
                language=data["language"],
                key_fingerprint=data["key_fingerprint"],
                user_agent=_user_agent(http),
                choices=data["scopes"],
                proof=data["proof"],
                take_over=data["take_over"],
                replaces=data["replaces"],
            )
        except Browser.DoesNotExist:
            raise Http404 from None
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


class InstallationView(CustomerView):
    """The physical browser that asks, whatever accounts it serves."""

    serializer_class = RenewalSerializer

    @of_customer(request=TargetSerializer, responses={200: RenewalSerializer})
    def put(self, request: Request) -> Response:
        """Renew its registration; nobody is pushed anything."""
        posted = TargetSerializer(data=request.data)
        posted.is_valid(raise_exception=True)
        http = request._request
        renewal = registry.renew(
            login=request.user,
            device_id=read_device(http),
            user_agent=_user_agent(http),
            **posted.validated_data,
        )
        answer = Response(
            {"changed": renewal.changed, "capability": renewal.capability}
        )
        write_device(http, answer, renewal.installation.device_id)
        return answer

    @of_customer(responses={204: None})
    def delete(self, request: Request) -> Response:
        """End its registrations: it reports that it shows no notifications any more."""
        registry.lose(login=request.user, device_id=read_device(request._request))
        return Response(status=status.HTTP_204_NO_CONTENT)


class BrowserView(CustomerView):
    """One of the account's browsers."""

    serializer_class = BrowserSerializer

    @of_customer(404, responses={200: BrowserSerializer})
    def get(self, request: Request, browser_id: UUID) -> Response:
        """Show one browser."""
        return Response(self.get_serializer(self.get_browser(browser_id)).data)

    @of_customer(404, request=ChangeSerializer, responses={200: BrowserSerializer})
    def patch(self, request: Request, browser_id: UUID) -> Response:
        """Rename, pause or activate a browser, or set its switches."""
        posted = ChangeSerializer(data=request.data)
        posted.is_valid(raise_exception=True)
        browser = self.get_browser(browser_id)
        if "name" in posted.validated_data:
            registry.rename(browser, posted.validated_data["name"])
        if "paused" in posted.validated_data:
            paused = posted.validated_data["paused"]
            (registry.pause if paused else registry.activate)(browser)
        if "hide_details" in posted.validated_data:
            registry.hide_details(browser, posted.validated_data["hide_details"])
        if "pause_on_sign_out" in posted.validated_data:
            pauses = posted.validated_data["pause_on_sign_out"]
            registry.pause_on_sign_out(browser, pauses)
        return Response(self.get_serializer(self.get_browser(browser_id)).data)

    @of_customer(404, responses={204: None})
    def delete(self, request: Request, browser_id: UUID) -> Response:
        """Take a browser out of the registry; Google is told nothing."""
        registry.remove(self.get_browser(browser_id))
        return Response(status=status.HTTP_204_NO_CONTENT)


class CheckView(CustomerView):
    """The check of one browser."""

    serializer_class = AskedSerializer

    @of_customer(404, request=None, responses={202: AskedSerializer})
    def post(self, request: Request, browser_id: UUID) -> Response:
        """Have FCM asked by a dry run; the answer comes with the notification."""
        asked = registry.check(self.get_browser(browser_id))
        return Response({"id": str(asked.public_id)}, status=status.HTTP_202_ACCEPTED)


class TestsView(CustomerView):
    """Tests to selected browsers."""

    serializer_class = TestsSerializer

    @of_customer(404, request=SelectionSerializer, responses={202: TestsSerializer})
    def post(self, request: Request) -> Response:
        """Send a test to each of the selected browsers that can get one."""
        posted = SelectionSerializer(data=request.data)
        posted.is_valid(raise_exception=True)
        wanted = set(posted.validated_data["browsers"])
        account = self.get_account()
        browsers = list(registry.browsers_of(account).filter(public_id__in=wanted))
        if len(browsers) < len(wanted):
            raise Http404
        sent, refused = registry.send_tests(account, browsers)
        answer = {
            "id": str(sent.public_id),
            "sent": [str(b.public_id) for b in browsers if b not in refused],
            "refused": [
                {"id": str(b.public_id), "code": why.code, "detail": str(why)}
                for b, why in refused.items()
            ],
        }
        return Response(answer, status=status.HTTP_202_ACCEPTED)


class ScopeChoiceView(CustomerView):
    """The choice for one scope on one browser."""

    serializer_class = BrowserSerializer

    @of_customer(404, request=ChoiceSerializer, responses={200: BrowserSerializer})
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


class CopyChoicesView(CustomerView):
    """The same choices on all browsers of the same login."""

    serializer_class = CopiedSerializer

    @of_customer(404, request=None, responses={200: CopiedSerializer})
    def post(self, request: Request, browser_id: UUID) -> Response:
        """Give all other browsers of the same login this one's choices."""
        copied = registry.copy_choices(self.get_browser(browser_id))
        return Response({"browsers": copied})


class NotificationView(CustomerView):
    """How far an interactive notification is."""

    serializer_class = ProgressSerializer

    @of_customer(404, responses={200: ProgressSerializer})
    def get(
        self, request: Request, browser_id: UUID, notification_id: UUID
    ) -> Response:
        """Show how far a confirmation, a test or a check is at a browser."""
        browser = self.get_browser(browser_id)
        notification = get_object_or_404(
            Notification, public_id=notification_id, recipients__browser=browser
        )
        how_far = progress.progress(notification, browser)
        return Response(self.get_serializer(how_far).data)


class TroublesView(CustomerView):
    """What keeps browsers from registering and is the portal's to mend."""

    serializer_class = TroubleSerializer
    throttle_classes = (LoginThrottle, TroubleThrottle)

    @of_customer(request=TroubleSerializer, responses={204: None})
    def post(self, request: Request) -> Response:
        """Keep that a browser met it, for the portal's operators; not whose it was."""
        posted = self.get_serializer(data=request.data)
        posted.is_valid(raise_exception=True)
        self.get_key()
        doctor.record(posted.validated_data["code"])
        return Response(status=status.HTTP_204_NO_CONTENT)


class WorkerView(PushView):
    """An endpoint of service workers."""

    authentication_classes = (CapabilityAuthentication,)
    permission_classes = (IsInstallation,)
    throttle_classes = (InstallationThrottle,)


class ChangesView(WorkerView):
    """What service workers report of their subscription."""

    @of_worker(request=None, responses={204: None})
    def post(self, request: Request) -> Response:
        """Note that the subscription changed: the next visit renews the target."""
        installation: Any = request.auth
        registry.note_change(installation)
        return Response(status=status.HTTP_204_NO_CONTENT)


class ReceiptsView(WorkerView):
    """What service workers report of notifications."""

    serializer_class = ReceiptSerializer

    @of_worker(404, request=ReceiptSerializer, responses={204: None})
    def post(self, request: Request) -> Response:
        """Keep one receipt; 204 means that it is committed."""
        posted = self.get_serializer(data=request.data)
        posted.is_valid(raise_exception=True)
        installation: Any = request.auth
        event = Receipt.Event(posted.validated_data["event"])
        try:
            receipts.report(installation, posted.validated_data["notification"], event)
        except Notification.DoesNotExist:
            raise Http404 from None
        return Response(status=status.HTTP_204_NO_CONTENT)


class NothingView(PushView):
    """Any other address below ours."""

    authentication_classes = ()
    permission_classes = ()
    throttle_classes = ()
    schema: Any = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Say so in the form of all errors, whatever the method."""
        raise Http404


def _user_agent(request: HttpRequest) -> str:
    return request.headers.get("User-Agent", "")[:500]
