"""FCM registrations: a browser asks to be reachable.

The REST interface ``fcmregistrations.googleapis.com/v1`` as the JavaScript SDK
(``@firebase/messaging`` 0.13) uses it. With ``fcm_sdk_version`` in its body the
browser is addressed by its FID, without it by a registration token.
"""

from typing import Any

from aiohttp import web
from yarl import URL

from wagtail_push.emulator.fault_board import FaultBoard
from wagtail_push.emulator.installations import FID, Installations, project_of
from wagtail_push.emulator.registry import (
    TOKEN,
    Registration,
    Registry,
    Subscription,
    new_token,
)
from wagtail_push.emulator.vapid import decode, decode_point
from wagtail_push.emulator.wire import GoogleError, invalid, read_object, take


BASE = "/fcmregistrations.googleapis.com/v1/projects/{project}/registrations"


class Registrations:
    """Answer ``registrations.create``, ``patch`` and ``delete``."""

    def __init__(
        self,
        registry: Registry,
        installations: Installations,
        vapid_key: str,
        faults: FaultBoard,
    ) -> None:
        self._registry = registry
        self._installations = installations
        self._vapid_key = vapid_key
        self._faults = faults

    def routes(self) -> list[web.RouteDef]:
        """Return what is answered here."""
        return [
            web.post(BASE, self.create),
            web.patch(BASE + "/{target}", self.patch),
            web.delete(BASE + "/{target}", self.delete),
        ]

    async def create(self, request: web.Request) -> web.StreamResponse:
        """Answer with the resource name and a token; one of them is alive.

        The SDK reads ``name`` in ``register()`` and ``token`` in ``getToken()``.
        """
        fid = self._installations.authenticate(request)
        body = await read_object(request)
        subscription = self._subscription(body)
        wrong = await self._faults.meet(request, "registrations")
        if wrong is not None:
            return wrong
        registration = self._registry.register(
            project_of(request),
            fid,
            "fid" if "fcm_sdk_version" in body else "token",
            subscription,
        )
        return web.json_response(_answer(registration))

    async def patch(self, request: web.Request) -> web.Response:
        """Answer the weekly refresh: the same token for a renewed subscription."""
        registration = self._own(request)
        body = await read_object(request)
        if registration is None or not registration.alive:
            raise GoogleError(404, "NOT_FOUND", "Requested entity was not found.")
        self._registry.update(registration.target, self._subscription(body))
        return web.json_response(_answer(registration))

    async def delete(self, request: web.Request) -> web.Response:
        """End a registration; one that is gone already is no error."""
        registration = self._own(request)
        if registration is not None:
            self._registry.end(registration.target)
        return web.json_response({})

    def _own(self, request: web.Request) -> Registration | None:
        fid = self._installations.authenticate(request)
        target = request.match_info["target"]
        if not FID.fullmatch(target) and not TOKEN.fullmatch(target):
            raise invalid("The registration in the path is malformed.")
        if target.partition(":")[0] != fid:
            raise GoogleError(
                403,
                "PERMISSION_DENIED",
                "The registration belongs to another installation.",
            )
        registration = self._registry.find(target)
        if registration is not None and registration.project != project_of(request):
            return None
        return registration

    def _subscription(self, body: dict[str, Any]) -> Subscription:
        web_part = take(body, "web", dict)
        subscription = Subscription(
            endpoint=take(web_part, "endpoint", str),
            p256dh=take(web_part, "p256dh", str),
            auth=take(web_part, "auth", str),
        )
        try:
            endpoint = URL(subscription.endpoint)
            if endpoint.scheme not in {"http", "https"} or not endpoint.host:
                raise ValueError("not an HTTP address")
            decode_point(subscription.p256dh)
            if len(decode(subscription.auth)) != 16:
                raise ValueError("not 16 bytes")
        except ValueError as error:
            message = f"The push subscription in web is malformed: {error}."
            raise invalid(message) from None
        if web_part.get("applicationPubKey") != self._vapid_key:
            raise invalid(
                "applicationPubKey is not this project's key: pass the vapidKey of "
                "/emulator/config to getToken() or register(), and unsubscribe what "
                "was subscribed with another key."
            )
        return subscription


def _answer(registration: Registration) -> dict[str, str]:
    if registration.kind == "token":
        token = registration.target
    else:
        token = new_token(registration.fid)
    return {"name": registration.name, "token": token}
