"""The Firebase project that sends: its address, and what signs in to it."""

import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from urllib3.util import Timeout

from wagtail_push.conf import settings
from wagtail_push.exceptions import PushConfigurationError


#: The emulator's project; Firebase keeps "demo-" for projects that do not exist.
EMULATOR_PROJECT = "demo-project"

#: The name of our firebase-admin app: the default one may belong to the host.
APP_NAME = "wagtail_push"


class Project:
    """Our app of firebase-admin, with its messaging service.

    The service is private to the SDK; ``tests/backends/test_fcm.py`` holds the names that
    are used of it: ``_fcm_url``, ``_fcm_headers``, ``_message_data`` and ``_client``.
    """

    def __init__(self) -> None:
        """Make the app anew, with the settings of now."""
        import firebase_admin
        from firebase_admin import messaging

        emulator = settings.emulator
        options = {}
        project = settings.firebase.get("projectId")
        if project and not emulator:
            options["projectId"] = project
        with suppress(ValueError):
            firebase_admin.delete_app(firebase_admin.get_app(APP_NAME))
        self.app = firebase_admin.initialize_app(
            _emulator_credential(emulator) if emulator else _credential(),
            options,
            name=APP_NAME,
        )
        self.service = messaging._get_messaging_service(self.app)
        if emulator:
            self.service._fcm_url = self.url.replace("https://", f"{emulator}/", 1)

    @property
    def url(self) -> str:
        """Return where messages are posted to."""
        return str(self.service._fcm_url)

    def authorize(self, until: float, *, renew: bool) -> dict[str, str]:
        """Return the headers that FCM wants, with an access token.

        One token serves all: google-auth has no lock, so that a hundred threads would
        fetch a hundred. ``renew``: FCM refused the one that we have.

        :raises google.auth.exceptions.GoogleAuthError: there is none.
        """
        credential = self.app.credential.get_credential()
        request = _asked_until(until)
        if renew:
            credential.refresh(request)
        headers = {"Content-Type": "application/json", **self.service._fcm_headers}
        credential.before_request(request, "POST", self.url, headers)
        return headers


def _asked_until(until: float) -> Callable[..., Any]:
    """Return what google-auth asks for a token with: it ends in time, and never sleeps."""
    from google.auth.exceptions import TransportError
    from google.auth.transport.requests import Request

    request = Request()

    def asked(*args: Any, **kwargs: Any) -> Any:
        kwargs["timeout"] = Timeout(total=max(until - time.monotonic(), 0.001))
        response = request(*args, **kwargs)
        if response.status == 429 or response.status >= 500:
            # google-auth would wait here, and ask again.
            raise TransportError(f"HTTP {response.status}")
        return response

    return asked


def _credential() -> Any:
    from firebase_admin import credentials

    given = settings.credentials
    try:
        return (
            credentials.Certificate(given)
            if given
            else credentials.ApplicationDefault()
        )
    except (ValueError, OSError) as error:
        # The error's text may quote the key file: say where it is named instead.
        raise PushConfigurationError(
            'WAGTAIL_PUSH["CREDENTIALS"] is not the JSON file of a service account '
            f"({type(error).__name__}). Download one in the Firebase console: Project "
            "settings, Service accounts, Generate new private key."
        ) from None


def _emulator_credential(emulator: str) -> Any:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa
    from firebase_admin import credentials
    from google.oauth2 import service_account

    class Offline(service_account.Credentials):
        def _is_regional_access_boundary_lookup_required(self) -> bool:
            # google-auth would ask another Google host in the background.
            return False

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    offline = Offline.from_service_account_info(
        {
            "type": "service_account",
            "project_id": EMULATOR_PROJECT,
            "client_email": f"portal@{EMULATOR_PROJECT}.invalid",
            "private_key_id": "emulator",
            "private_key": pem.decode(),
            "token_uri": f"{emulator}/oauth2.googleapis.com/token",
        },
        scopes=["https://www.googleapis.com/auth/firebase.messaging"],
    )

    class Emulator(credentials.Base):
        project_id = EMULATOR_PROJECT

        def get_credential(self) -> Any:
            return offline

    return Emulator()
