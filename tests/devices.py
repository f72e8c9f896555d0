"""The device cookie in tests: given to a client as the portal gives it."""

from django.http import HttpResponse
from django.test import Client, RequestFactory

from wagtail_push.device import COOKIE, write_device
from wagtail_push.models import Browser


def come_back_as(client: Client, browser: Browser) -> None:
    """Give the client the cookie that the browser got when it was registered."""
    response = HttpResponse()
    write_device(RequestFactory().get("/"), response, browser.installation.device_id)
    client.cookies[COOKIE] = response.cookies[COOKIE].value
