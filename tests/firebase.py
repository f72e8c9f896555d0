"""The unmodified firebase-admin of a portal, led to the emulator."""

from typing import Any
from urllib.parse import urlsplit

import firebase_admin
import requests
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from firebase_admin import credentials, messaging
from requests.adapters import HTTPAdapter


PROJECT_CREDENTIALS = {
    "type": "service_account",
    "client_email": "portal@demo.iam.gserviceaccount.com",
    "private_key_id": "1",
}


class ToEmulator(HTTPAdapter):
    """Send what is meant for FCM to the emulator."""

    def __init__(self, origin: str) -> None:
        super().__init__()
        self.origin = origin

    def send(
        self, request: requests.PreparedRequest, *args: Any, **kwargs: Any
    ) -> requests.Response:
        url = urlsplit(str(request.url))
        request.url = f"{self.origin}/{url.netloc}{url.path}"
        return super().send(request, *args, **kwargs)


def start_app(emulator: str, name: str) -> firebase_admin.App:
    """Start firebase-admin with the emulator's project; ``emulator`` is its origin.

    Set HTTPS_PROXY to where nobody listens first: google-auth also asks
    iamcredentials.googleapis.com, in a thread of its own, where this access token may be
    used; without an answer it does without.
    """
    config = requests.get(f"{emulator}/emulator/config", timeout=10).json()
    key = rsa.generate_private_key(65537, 2048)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    certificate = credentials.Certificate(
        {
            **PROJECT_CREDENTIALS,
            "project_id": config["firebase"]["projectId"],
            "private_key": pem.decode(),
            "token_uri": f"{emulator}/oauth2.googleapis.com/token",
        }
    )
    app = firebase_admin.initialize_app(certificate, name=name)
    service = messaging._get_messaging_service(app)
    service._client.session.mount("https://fcm.googleapis.com/", ToEmulator(emulator))
    return app
