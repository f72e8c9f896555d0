"""What editors are told of a set-up that keeps browsers from registering."""

import json
import re
from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.admin.editors import dashboard, scope_editor, sign_in
from wagtail_push import doctor


pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("wagtail_rows")]

HEADING = "Some customers could not turn on push notifications"


def test_a_trouble_is_told_in_words_to_who_manages_scopes(client: Client) -> None:
    scope_editor(client)
    assert HEADING not in dashboard(client)
    for code in ("SW-404", "FCM-403", "SW-404"):
        doctor.record(code)

    page = dashboard(client)

    assert HEADING in page
    assert "The service worker’s address answers 404. Include wagtail_push.urls" in page
    assert "SW-404 · met 2 times · first:" in page
    assert "Google refuses to register browsers with this Firebase project." in page
    assert "docs/how-to/real-firebase.md" in page
    assert "FCM-403 · met 1 time · first:" in page
    assert page.index("SW-404") < page.index("FCM-403"), "the latest first"


@pytest.mark.parametrize("codenames", [(), ("view_notificationscope",)])
def test_nobody_else_is_told(client: Client, codenames: tuple[str, ...]) -> None:
    sign_in(client, *codenames)
    doctor.record("SW-404")

    assert HEADING not in dashboard(client)


def test_it_is_told_for_a_day_and_as_new_when_it_is_back(client: Client) -> None:
    scope_editor(client)
    begun = timezone.now()
    with time_machine.travel(begun - timedelta(days=3), tick=False):
        doctor.record("SW-404")
    with time_machine.travel(begun - timedelta(days=2), tick=False):
        doctor.record("SW-404")
        [finding] = doctor.findings()
        assert (finding.times, finding.first_at) == (2, begun - timedelta(days=3))
    assert HEADING not in dashboard(client)

    with time_machine.travel(begun, tick=False):
        doctor.record("SW-404")
        [finding] = doctor.findings()

    assert (finding.times, finding.first_at, finding.last_at) == (1, begun, begun)
    assert HEADING in dashboard(client)


def test_closed_it_is_not_shown_until_it_is_met_again(client: Client) -> None:
    scope_editor(client)
    doctor.record("SW-404")
    html = client.get(reverse("wagtailadmin_home")).content.decode()
    [name] = re.findall(r'data-w-dismissible-id-value="(wagtail_push[^"]+)"', html)
    [value] = re.findall(r'data-w-dismissible-value-param="([^"]+)"', html)

    # What the button of Wagtail's own "w-dismissible" sends.
    client.patch(reverse("wagtailadmin_dismissibles"), json.dumps({name: value}))
    assert HEADING not in dashboard(client)

    doctor.record("FCM-403")
    assert HEADING in dashboard(client)


@pytest.mark.parametrize(
    ("code", "what"),
    [
        ("SW-404", "The service worker’s address answers 404."),
        ("SW-REDIRECT", "leads to another one, to a login perhaps."),
        ("SW-200", "Browsers do not accept what the service worker’s address answers."),
        ("SW-NETWORK", "The service worker’s address does not answer."),
        ("SW-502", "The service worker’s address answers with an error."),
        ("FCM-401", "Google refuses to register browsers"),
        ("FCM-403", "Google refuses to register browsers"),
        ("FCM-400", "Browsers could not be registered with Google."),
        ("FCM-SDK", "Browsers could not be registered with Google."),
        ("FCM-fid-registration-failed", "Browsers could not be registered"),
        ("FCM-SETTINGS", "The settings do not say which Firebase project sends."),
        ("SDK", "The Firebase SDK that comes with wagtail_push could not be loaded."),
    ],
)
def test_every_code_has_its_words(code: str, what: str) -> None:
    assert re.match(doctor.CODE, code)
    doctor.record(code)

    [finding] = doctor.findings()

    assert finding.code == code
    assert what in str(finding.what)
    assert str(finding.advice)
