"""A customer of the example site without a browser: forms and API over HTTP."""

from __future__ import annotations

import re
from typing import Any

import requests


API = "/push/api/v1/"
TIMEOUT = 15


class HttpCustomer:
    """Signs in, presses the panel's buttons, and calls the API as the page does."""

    def __init__(self, url: str) -> None:
        """Visit the portal at this origin."""
        self.url = url
        self.session = requests.Session()
        # A proxy named by the environment is for the internet, not for this machine.
        self.session.trust_env = False

    def sign_in(self, login: str = "anna", password: str = "demo") -> None:
        """Sign in with a demo login."""
        data = {"username": login, "password": password}
        answer = self.post_form("/sign-in/", "/sign-in/", data)
        if not answer.url.endswith("/overview/"):
            raise AssertionError(f"signing in led to {answer.url}")

    def issue_invoice(self) -> None:
        """Press the demo's button that issues an invoice."""
        self.post_form("/invoices/", "/demo/invoice/")

    def announce_outage(self) -> None:
        """Press the demo's button that announces an outage to everyone."""
        self.post_form("/overview/", "/demo/outage/")

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """Call the API and return its JSON, if there is any."""
        answer = self.session.request(
            method,
            f"{self.url}{API}{path}",
            json=body,
            headers={"X-CSRFToken": self.session.cookies.get("csrftoken") or ""},
            timeout=TIMEOUT,
        )
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def post_form(
        self, page: str, action: str, data: dict[str, str] | None = None
    ) -> requests.Response:
        """Open a page and post one of its forms."""
        html = self.session.get(f"{self.url}{page}", timeout=TIMEOUT).text
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', html)
        if token is None:
            raise AssertionError(f"there is no form on {page}")
        answer = self.session.post(
            f"{self.url}{action}",
            data={**(data or {}), "csrfmiddlewaretoken": token[1]},
            timeout=TIMEOUT,
        )
        answer.raise_for_status()
        return answer
