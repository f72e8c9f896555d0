"""The service worker's address: the same for everyone, with or without a login."""

from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from wagtail_push.portal import views


URL = "/push/sw/worker.js"

#: What the view itself answers with; a host's middleware adds its own.
HEADERS = {
    "Content-Type": "text/javascript; charset=utf-8",
    "Cache-Control": "no-cache",
    "X-Content-Type-Options": "nosniff",
}


def test_address() -> None:
    assert reverse("wagtail_push:worker") == URL


def test_served_without_login_and_session(client: Client) -> None:
    # No database mark: reading a session or a user would fail here.
    response = client.get(URL)

    script = Path(views.__file__).with_name("worker.js").read_bytes()
    assert (response.status_code, response.content) == (200, script)
    assert {name: response.headers[name] for name in HEADERS} == HEADERS
    assert "Cookie" not in response.headers.get("Vary", "")
    assert not response.cookies


def test_login_required_middleware_lets_it_through() -> None:
    assert views.WorkerView.as_view().login_required is False


def test_head_tells_the_page_whether_it_is_there(client: Client) -> None:
    response = client.head(URL)

    assert (response.status_code, response.content) == (200, b"")


@pytest.mark.parametrize("language", ["en", "pl", "cs"])
def test_the_same_bytes_in_every_language(client: Client, language: str) -> None:
    response = client.get(URL, headers={"Accept-Language": language})

    assert response.content == client.get(URL).content


def test_no_firebase_code() -> None:
    script = Path(views.__file__).with_name("worker.js").read_text()

    assert "importScripts" not in script
    assert "import " not in script
    assert "googleapis" not in script
