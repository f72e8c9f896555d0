"""The token endpoint: a service account's assertion for an access token.

RFC 7523 as https://developers.google.com/identity/protocols/oauth2/service-account
describes it. The assertion's signature is not checked: its key is not known here.
"""

import json
import secrets
from collections.abc import Mapping
from typing import Any

from aiohttp import web

from wagtail_push.emulator.clock import Clock
from wagtail_push.emulator.fault_board import FaultBoard
from wagtail_push.emulator.oauth_errors import refused
from wagtail_push.emulator.store import Store
from wagtail_push.emulator.vapid import decode
from wagtail_push.emulator.wire import unauthenticated


PATH = "/oauth2.googleapis.com/token"
GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
LIFETIME = 3600


class OAuth:
    """Issue access tokens and recognise them."""

    def __init__(self, store: Store, clock: Clock, faults: FaultBoard) -> None:
        self._store = store
        self._clock = clock
        self._faults = faults

    def routes(self) -> list[web.RouteDef]:
        """Return what is answered here."""
        return [
            web.post(PATH, self.exchange),
            web.post("/emulator/access-token", self.hand_out),
        ]

    async def exchange(self, request: web.Request) -> web.StreamResponse:
        """Answer a JWT bearer grant."""
        wrong = await self._faults.meet(request, "token")
        return self._exchange(await request.post()) if wrong is None else wrong

    def _exchange(self, form: Mapping[str, object]) -> web.Response:
        if form.get("grant_type") != GRANT:
            return refused("unsupported_grant_type", f"grant_type must be {GRANT}")
        claims = _claims(form.get("assertion"))
        if claims is None:
            return refused("invalid_grant", "The assertion is not a signed JWT.")
        expires = claims.get("exp")
        if not isinstance(expires, int | float) or expires <= self._clock.real():
            return refused("invalid_grant", "The assertion has expired.")
        return web.json_response(
            {
                "access_token": self.issue(),
                "expires_in": LIFETIME,
                "token_type": "Bearer",  # the kind of RFC 6750  # nosec B105
            }
        )

    async def hand_out(self, request: web.Request) -> web.Response:
        """Answer with an access token alone, as ``gcloud`` prints one."""
        return web.Response(text=self.issue())

    def issue(self) -> str:
        """Return a new access token."""
        now = self._clock.real()
        token = f"emulated.{secrets.token_urlsafe(48)}"
        with self._store.transaction():
            self._store.execute("DELETE FROM access_tokens WHERE expires <= ?", (now,))
            self._store.execute(
                "INSERT INTO access_tokens VALUES (?, ?)", (token, now + LIFETIME)
            )
        return token

    def authenticate(self, request: web.Request) -> None:
        """Raise Google's 401 unless ``request`` bears a token issued here."""
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        row = self._store.execute(
            "SELECT 1 FROM access_tokens WHERE token = ? AND expires > ?",
            (token, self._clock.real()),
        ).fetchone()
        if scheme.lower() != "bearer" or row is None:
            raise unauthenticated()


def _claims(assertion: object) -> dict[str, Any] | None:
    try:
        header, claims, signature = str(assertion).split(".")
        algorithm = json.loads(decode(header))["alg"]
        parsed = json.loads(decode(claims))
        issuer = parsed["iss"]
        proof = decode(signature)
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    genuine_looking = algorithm == "RS256" and isinstance(issuer, str) and proof
    return parsed if genuine_looking else None
