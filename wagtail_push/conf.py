"""The settings: one typed property each, read when it is asked for.

Everything stands in one dict, ``WAGTAIL_PUSH``, in the host's settings.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings as django_settings
from django.templatetags.static import static

from wagtail_push.exceptions import PushConfigurationError
from wagtail_push.messages import TargetKind


#: Four weeks in seconds: what FCM and RFC 8030 push services keep a message at most.
MAX_TTL = 2_419_200

#: Days: so long may a notification be on its way.
LEAST_RETENTION = 28

#: Where the emulator listens unless told otherwise.
DEFAULT_EMULATOR = "http://127.0.0.1:8979"

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})

FCM_BACKEND = "wagtail_push.backends.fcm.FCMBackend"


def given() -> Mapping[str, Any]:
    """Return ``settings.WAGTAIL_PUSH`` as it stands there.

    :raises PushConfigurationError: it is no dict.
    """
    found = getattr(django_settings, "WAGTAIL_PUSH", {})
    if not isinstance(found, Mapping):
        raise PushConfigurationError(
            f"WAGTAIL_PUSH is of the type {type(found).__name__}, but must be a dict: "
            'WAGTAIL_PUSH = {"NAME": "…"}.'
        )
    return found


class SignOut(StrEnum):
    """What signing out does to the browser in which a customer does it."""

    KEEP = "keep"
    PAUSE = "pause"
    ASK = "ask"


class PushSettings:
    """Typed access to ``settings.WAGTAIL_PUSH``.

    Each property is one key, in capitals: ``ttl`` reads ``WAGTAIL_PUSH["TTL"]``.
    """

    def _get(self, key: str, default: Any) -> Any:
        return given().get(key, default)

    def _text(self, key: str, default: str) -> str:
        # None is what an environment variable that is not set leaves.
        value = self._get(key, None)
        return default if value is None else str(value)

    @property
    def accounts(self) -> str:
        """Return the dotted path of the adapter (``ACCOUNTS``)."""
        return str(self._get("ACCOUNTS", "wagtail_push.accounts.LoginAccounts"))

    @property
    def name(self) -> str:
        """Return what notifications call the portal (``NAME``)."""
        default = getattr(django_settings, "WAGTAIL_SITE_NAME", "")
        return self._text("NAME", default)

    @property
    def backend(self) -> str:
        """Return the dotted path of the backend (``BACKEND``, default FCM)."""
        return str(self._get("BACKEND", FCM_BACKEND))

    @property
    def emulator(self) -> str | None:
        """Return the emulator's origin, or None where Google is used (``EMULATOR``).

        With ``DEBUG=True`` and neither backend nor Firebase project configured, the
        emulator is the default. Only loopback addresses are accepted, and never beside
        ``CREDENTIALS``.
        """
        default = None
        if django_settings.DEBUG and not (
            self._get("BACKEND", None) or self._get("FIREBASE", None)
        ):
            default = DEFAULT_EMULATOR
        url = self._get("EMULATOR", default)
        if url is None:
            return None
        try:
            parts = urlsplit(str(url))
        except ValueError:
            parts = urlsplit("")
        if parts.scheme != "http" or parts.hostname not in LOOPBACK:
            raise PushConfigurationError(
                f'WAGTAIL_PUSH["EMULATOR"] is {url!r}, but the emulator is only ever '
                f'reached on this machine: use "{DEFAULT_EMULATOR}", or remove the '
                "setting to send through Google."
            )
        try:
            port = parts.port
        except ValueError:
            port = None
        if port is None:
            raise PushConfigurationError(
                f'WAGTAIL_PUSH["EMULATOR"] is {url!r}, which has no port between 0 and '
                f'65535: use "{DEFAULT_EMULATOR}".'
            )
        if self._get("CREDENTIALS", None):
            raise PushConfigurationError(
                'WAGTAIL_PUSH has both "EMULATOR" and "CREDENTIALS": remove one. '
                "Credentials of a real project must never meet the emulator."
            )
        return f"http://{parts.netloc}"

    @property
    def firebase(self) -> dict[str, str]:
        """Return the public web configuration of the Firebase project (``FIREBASE``).

        The keys that the browser needs: apiKey, appId, projectId, messagingSenderId.
        """
        found = self._get("FIREBASE", None)
        return dict(found) if isinstance(found, Mapping) else {}

    @property
    def vapid_key(self) -> str:
        """Return the public half of the Web Push key pair (``VAPID_KEY``, base64url)."""
        return self._text("VAPID_KEY", "")

    @property
    def credentials(self) -> Any:
        """Return what firebase-admin signs in with (``CREDENTIALS``).

        A path to a service account's JSON file, its content as a dict, or None for
        Google's application default credentials.
        """
        return self._get("CREDENTIALS", None)

    @property
    def target_kind(self) -> TargetKind:
        """Return how new registrations are addressed (``TARGET_KIND``: fid or token)."""
        value = self._get("TARGET_KIND", TargetKind.FID)
        try:
            return TargetKind(value)
        except ValueError:
            raise PushConfigurationError(
                f'WAGTAIL_PUSH["TARGET_KIND"] is {value!r}: use "fid" or "token".'
            ) from None

    @property
    def ttl(self) -> int:
        """Return the default validity in seconds (``TTL``, default four weeks)."""
        value = self._get("TTL", MAX_TTL)
        if not isinstance(value, int) or not 1 <= value <= MAX_TTL:
            raise PushConfigurationError(
                f'WAGTAIL_PUSH["TTL"] is {value!r}: use seconds from 1 to {MAX_TTL} '
                "(four weeks)."
            )
        return value

    @property
    def pace(self) -> int | None:
        """Return the messages a minute that a project is sent at most (``PACE``).

        None is no limit. FCM's own is 600 000
        (https://firebase.google.com/docs/cloud-messaging/throttling-and-quotas).
        """
        value = self._get("PACE", 540_000)
        return None if value is None else self._at_least(1, "PACE", value, "messages")

    @property
    def lease(self) -> int:
        """Return the seconds in which a page is done or claimed anew (``LEASE``)."""
        return self._at_least(1, "LEASE", self._get("LEASE", 120), "seconds")

    @property
    def retention(self) -> int:
        """Return the days that deliveries and receipts are kept (``RETENTION``)."""
        return self._at_least(
            LEAST_RETENTION, "RETENTION", self._get("RETENTION", 90), "days"
        )

    def _at_least(self, least: int, key: str, value: Any, unit: str) -> int:
        if not isinstance(value, int) or value < least:
            raise PushConfigurationError(
                f'WAGTAIL_PUSH["{key}"] is {value!r}: use a whole number of {unit}, at '
                f"least {least}."
            )
        return value

    @property
    def new_browser_notice(self) -> bool:
        """Tell whether an account's browsers hear of a new one (``NEW_BROWSER_NOTICE``)."""
        value = self._get("NEW_BROWSER_NOTICE", True)
        if not isinstance(value, bool):
            raise PushConfigurationError(
                f'WAGTAIL_PUSH["NEW_BROWSER_NOTICE"] is {value!r}: use True or False.'
            )
        return value

    @property
    def sign_out(self) -> SignOut:
        """Return what signing out does to sending (``SIGN_OUT``, default keep)."""
        value = self._get("SIGN_OUT", SignOut.KEEP)
        try:
            return SignOut(value)
        except ValueError:
            raise PushConfigurationError(
                f'WAGTAIL_PUSH["SIGN_OUT"] is {value!r}: use "keep" (sending goes on), '
                '"pause" (until the next sign-in) or "ask" (each browser\'s customer '
                "decides)."
            ) from None

    @property
    def icon(self) -> str:
        """Return the URL of the notifications' icon (``ICON``, a URL or static path)."""
        return asset(self._text("ICON", "wagtail_push/img/icon.png"))

    @property
    def badge(self) -> str:
        """Return the URL of the notifications' badge (``BADGE``, likewise)."""
        return asset(self._text("BADGE", "wagtail_push/img/badge.png"))


def asset(value: str) -> str:
    """Return the URL of a picture: a URL itself, a path, or a static file."""
    return str(static(value)) if is_static(value) else value


def is_static(value: str) -> bool:
    """Tell whether a picture is named as a static file."""
    return bool(value) and "://" not in value and not value.startswith("/")


settings = PushSettings()

#: Every key of ``WAGTAIL_PUSH``; a check names what is not one of them.
SETTING_NAMES = frozenset(
    name.upper()
    for name, value in vars(PushSettings).items()
    if isinstance(value, property)
)
