"""A portal whose set-up is right in every way, for tests that make it wrong."""

import base64
import json
import re
from functools import cache
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.backends.google import service_account


#: What the Firebase console shows of a web app.
FIREBASE = {
    "apiKey": "AIzaSyExample",
    "appId": "1:123456789012:web:0a1b2c3d4e5f",
    "messagingSenderId": "123456789012",
    "projectId": "demo-project",
}

BASE = """<!DOCTYPE html>
<head>
<link rel="manifest" href="/manifest.webmanifest">
</head>
"""


@cache
def vapid_key() -> str:
    """Return the public half of a key pair, as the Firebase console shows it."""
    point = (
        ec.generate_private_key(ec.SECP256R1())
        .public_key()
        .public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    )
    return base64.urlsafe_b64encode(point).rstrip(b"=").decode()


@cache
def account_json() -> str:
    """Return the file of a service account; nobody answers where its tokens come from."""
    account = {**service_account(), "token_uri": "http://127.0.0.1:9/token"}
    return json.dumps(account)


def set_up(settings: Any, folder: Path) -> None:
    """Make the settings right, for production and with Google.

    ``folder`` gets the credentials, and a template that the settings page extends.
    """
    credentials = folder / "firebase-service-account.json"
    credentials.write_text(account_json())
    base = folder / "wagtail_push" / "base.html"
    base.parent.mkdir()
    base.write_text(BASE)
    settings.DEBUG = False
    settings.WAGTAIL_PUSH = {
        "ACCOUNTS": "example_site.portal.accounts.CustomerAccounts",
        "NAME": "Nordhost",
        "FIREBASE": FIREBASE,
        "VAPID_KEY": vapid_key(),
        "CREDENTIALS": str(credentials),
    }
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = True
    settings.WAGTAILADMIN_BASE_URL = "https://nordhost.example"
    settings.LOGIN_URL = "https://login.nordhost.example/"
    use_templates(settings, folder)


def use_templates(settings: Any, folder: Path) -> None:
    """Look for templates in this folder first, as they are now."""
    [engine] = settings.TEMPLATES
    settings.TEMPLATES = [{**engine, "DIRS": [folder]}]


def entries(hint: str) -> dict[str, Any]:
    """Return the entries of a dict that a hint names, such as ``"TTL": 60``.

    What the hint leaves out with "…" is what the Firebase console shows.
    """
    found = {}
    for name, value in re.findall(r'"(\w+)": (\{[^}]*\}|"[^"]*"|\d+|None|True)', hint):
        names = {"None": None, "True": True}
        told = names[value] if value in names else json.loads(value)
        if isinstance(told, dict):
            told = {k: FIREBASE[k] if v == "…" else v for k, v in told.items()}
        elif told == "…":
            told = vapid_key()
        elif told == "1:123456789012:web:…":
            told = FIREBASE["appId"]
        found[name] = told
    return found
