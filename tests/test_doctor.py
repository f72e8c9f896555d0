"""What is wrong with the set-up: by ``manage.py push_check``, and in Wagtail's admin."""

import json
import re
from collections.abc import Callable, Iterator
from html import unescape
from io import StringIO
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.urls import path, reverse
from django.utils import timezone, translation
from wagtail.users.models import UserProfile

from example_site import urls
from tests.admin.editors import scope_editor
from tests.backends import google as endpoints
from tests.backends.google import Google, Instead
from tests.hosts.hidden import page
from tests.set_up import set_up
from wagtail_push import doctor, pace
from wagtail_push.emulator.process import EmulatorProcess
from wagtail_push.models import Heartbeat, NotificationScope
from wagtail_push.test.factories import ScopeFactory


pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_test", "wagtail_rows")]

ABOUT = [
    "accounts",
    "addresses",
    "applications",
    "credentials",
    "emulator",
    "firebase",
    "https",
    "iphone",
    "queue",
    "schedules",
    "scopes",
    "settings",
    "worker address",
    "sending",
    "qcluster",
    "browsers",
]


@pytest.fixture(autouse=True)
def _nothing_is_wrong(settings: Any, tmp_path: Path) -> None:
    set_up(settings, tmp_path)
    ScopeFactory()
    Heartbeat.objects.create(name=doctor.SENDER)


def push_check(*options: str) -> tuple[int, str]:
    """Return the exit status and what is printed."""
    out = StringIO()
    try:
        call_command("push_check", *options, stdout=out, no_color=True)
    except SystemExit as error:
        return int(str(error.code)), out.getvalue()
    return 0, out.getvalue()


def told(*options: str) -> tuple[int, list[dict[str, str]]]:
    """Return the exit status and what is wrong."""
    status, printed = push_check("--json", *options)
    answer = json.loads(printed)
    assert answer["ok"] is (status == 0)
    return status, [one for one in answer["found"] if one["level"] != "ok"]


def light(client: Client) -> str:
    """Return what the dashboard says of sending."""
    html = client.get(reverse("wagtailadmin_home")).content.decode()
    found = html.partition("<dt>Sending</dt>")[2].partition("</div>")[0]
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", found)).split())


def put(settings: Any, **given: Any) -> None:
    settings.WAGTAIL_PUSH = {**settings.WAGTAIL_PUSH, **given}


def hide(settings: Any) -> None:
    module = ModuleType("urls")
    hiding = path("push/", page, {"path": ""})
    module.urlpatterns = [hiding, *urls.urlpatterns]  # type: ignore[attr-defined]
    settings.ROOT_URLCONF = module


def leave_out(settings: Any) -> None:
    module = ModuleType("urls")
    patterns = [p for p in urls.urlpatterns if str(p.pattern) != "push/"]
    module.urlpatterns = patterns  # type: ignore[attr-defined]
    settings.ROOT_URLCONF = module


def spoil_credentials(settings: Any) -> None:
    Path(settings.WAGTAIL_PUSH["CREDENTIALS"]).write_text("{}")


def refuse(settings: Any) -> None:
    project = pace.current()
    project.trouble = "The caller does not have permission."
    project.held_until = timezone.now() + pace.PROBING
    project.save()


def hold(settings: Any) -> None:
    project = pace.current()
    project.held_until = timezone.now() + pace.PROBING
    project.save()


def forget_https(settings: Any) -> None:
    settings.SESSION_COOKIE_SECURE = False


FAULTS: dict[str, tuple[Callable[[Any], Any], str, str]] = {
    "credentials": (spoil_credentials, "credentials", "error"),
    "keys": (lambda s: put(s, VAPID_KEY="A" * 43), "firebase", "error"),
    "project": (lambda s: put(s, FIREBASE={}), "firebase", "error"),
    "worker hidden": (hide, "addresses", "error"),
    "timeouts": (
        lambda s: setattr(s, "Q_CLUSTER", {**s.Q_CLUSTER, "timeout": 30}),
        "queue",
        "warning",
    ),
    "queue not running": (
        lambda s: Heartbeat.objects.all().delete(),
        "qcluster",
        "error",
    ),
    "refused": (refuse, "sending", "error"),
    "held": (hold, "sending", "warning"),
    "browsers": (lambda s: doctor.record("FCM-403"), "browsers", "warning"),
    "emulator": (
        lambda s: put(s, EMULATOR="http://127.0.0.1:9", CREDENTIALS=None),
        "emulator running",
        "error",
    ),
    "https": (forget_https, "https", "warning"),
    "scopes": (lambda s: NotificationScope.objects.all().delete(), "scopes", "warning"),
}


@pytest.mark.promise("B-08")
@pytest.mark.parametrize("fault", FAULTS)
def test_the_command_and_the_admin_say_the_same(
    fault: str, client: Client, settings: Any
) -> None:
    scope_editor(client)
    assert told() == (0, [])
    assert light(client).startswith("Working A worker is at work")
    change, about, level = FAULTS[fault]

    change(settings)
    status, found = told()

    assert about in [one["about"] for one in found if one["level"] == level]
    assert all(one["what"] for one in found)
    worst = found[0]["level"]
    assert (status, worst == "error") in {(1, True), (0, False)}
    word = "Not working" if worst == "error" else "Working, with faults"
    # Our checks speak English wherever the editor comes from, and are told to be others'.
    whom = {True: "For the portal’s developers: ", False: ""}
    sentences = [
        whom[one["id"].startswith(doctor.TAG)]
        + f"{one['what']} {one['advice']}".strip()
        for one in found
        if one["level"] == worst and one["about"] != doctor.WORKER
    ]
    assert light(client) == " ".join([word, *sentences])


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("pl", "FCM jest przeciążone albo nie odpowiada"),
        ("cs", "FCM je přetížené nebo neodpovídá"),
    ],
)
def test_what_editors_read_is_in_their_language(
    client: Client, settings: Any, language: str, words: str
) -> None:
    editor = scope_editor(client)
    UserProfile.objects.create(user=editor, preferred_language=language)
    hold(settings)

    html = client.get(reverse("wagtailadmin_home")).content.decode()

    assert words in html
    assert '<span lang="en">' not in html
    spoil_credentials(settings)
    assert (
        '<span lang="en">' in client.get(reverse("wagtailadmin_home")).content.decode()
    )


def test_without_the_include(settings: Any) -> None:
    leave_out(settings)

    _, [found] = told()

    assert (found["about"], found["id"]) == ("addresses", "wagtail_push.E006")


def test_what_is_right_is_told_too() -> None:
    _, printed = push_check("--json")
    found = json.loads(printed)["found"]

    assert [one["about"] for one in found] == ABOUT
    assert {one["level"] for one in found} == {"ok"}


def test_the_table(settings: Any) -> None:
    put(settings, TTL=0)
    forget_https(settings)

    status, printed = push_check()

    assert status == 1
    lines = printed.splitlines()
    assert lines[:5] == [
        'error    settings        WAGTAIL_PUSH["TTL"] is 0: use seconds from 1 to '
        "2419200 (four weeks). (wagtail_push.E003)",
        '                         What can be used for certain: "TTL": 2419200 in '
        "WAGTAIL_PUSH.",
        "warning  https           Cookies of customers who manage their browsers may "
        "travel without HTTPS. (wagtail_push.W004)",
        "                         Add SESSION_COOKIE_SECURE = True.",
        "ok       accounts",
    ]
    assert lines[-1] == "1 wrong, 1 to look at, 14 right"


def test_what_fails_is_asked_for(settings: Any) -> None:
    forget_https(settings)

    assert push_check()[0] == 0
    assert push_check("--fail-level", "WARNING")[0] == 1


def test_what_is_for_production_only(settings: Any) -> None:
    settings.DEBUG = True
    forget_https(settings)

    assert told() == (0, [])
    assert [one["id"] for one in told("--deploy")[1]] == ["wagtail_push.W004"]


def test_what_is_silenced_is_not_told(settings: Any) -> None:
    forget_https(settings)
    settings.SILENCED_SYSTEM_CHECKS = ["wagtail_push.W004"]

    assert told() == (0, [])


def test_before_the_tables_are_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection.introspection, "table_names", list)

    status, [found] = told("--deploy")

    assert status == 1
    assert (found["about"], found["advice"]) == ("tables", "Run manage.py migrate.")


def test_it_is_told_in_english(settings: Any) -> None:
    settings.LANGUAGE_CODE = "pl"
    doctor.record("SW-404")
    with translation.override("pl"):
        [found] = told()[1]

    assert found["what"] == "The service worker’s address answers 404."


def test_the_worker_is_not_asked_for_within_a_request(
    client: Client, settings: Any
) -> None:
    asking = "tests.hosts.asking.ask_for_a_login"
    settings.OPEN, settings.MIDDLEWARE = [], [*settings.MIDDLEWARE, asking]
    scope_editor(client)

    assert light(client).startswith("Working A worker is at work")
    assert [one["id"] for one in told()[1]] == ["wagtail_push.E014"]


# The dry run


@pytest.fixture
def google(settings: Any) -> Iterator[Google]:
    """Answer in Google's place; only where it stands is the emulator's setting."""
    google = Google()
    with endpoints.http1(google) as origin:
        put(settings, EMULATOR=origin, CREDENTIALS=None)
        yield google


def live() -> dict[str, str]:
    """Return what the dry run proves."""
    _, printed = push_check("--live", "--json")
    [found] = [
        one
        for one in json.loads(printed)["found"]
        if one["about"] == "credentials live"
    ]
    return dict(found)


def refusal(status: int, code: str, message: str, *details: Any) -> Callable[..., Any]:
    return lambda *args: endpoints.error(status, code, message, *details)


#: What Google answers, and what to do.
ANSWERS: list[tuple[str, Any, str, str]] = [
    (
        "a target that nobody has",
        refusal(404, "NOT_FOUND", "Gone.", endpoints.fcm("UNREGISTERED")),
        "ok",
        "",
    ),
    (
        "a target of a wrong form",
        refusal(400, "INVALID_ARGUMENT", "No.", endpoints.violation("message.fid")),
        "ok",
        "",
    ),
    ("accepted", lambda message: endpoints.ok(), "ok", ""),
    (
        "another fault of the message",
        refusal(400, "INVALID_ARGUMENT", "No.", endpoints.violation("message.data")),
        "warning",
        'Compare "CREDENTIALS" and "FIREBASE"',
    ),
    (
        "the API is off",
        refusal(
            403,
            "PERMISSION_DENIED",
            "Firebase Cloud Messaging API has not been used in project 1 before or it "
            "is disabled.",
        ),
        "error",
        "fcm.googleapis.com is switched off for the project: in its Google Cloud "
        'console, APIs and services, enable "Firebase Cloud Messaging API".',
    ),
    (
        "no role",
        refusal(
            403,
            "PERMISSION_DENIED",
            "Permission 'cloudmessaging.messages.create' denied on resource "
            "'//cloudresourcemanager.googleapis.com/projects/demo-project' (or it may "
            "not exist).",
        ),
        "error",
        'fcm.googleapis.com answers 403. In the Google Cloud console of the project in "F',
    ),
    (
        "no such project",
        refusal(404, "NOT_FOUND", "Requested entity was not found."),
        "error",
        "fcm.googleapis.com knows no such project",
    ),
    (
        "the access token is not taken",
        refusal(
            401,
            "UNAUTHENTICATED",
            "Request had invalid authentication credentials. Expected OAuth 2 access "
            "token, login cookie or other valid authentication credential.",
        ),
        "error",
        "fcm.googleapis.com answers 401",
    ),
    (
        "the key pair is not taken",
        refusal(
            401,
            "UNAUTHENTICATED",
            "Auth error from APNS or Web Push Service",
            endpoints.fcm("THIRD_PARTY_AUTH_ERROR"),
        ),
        "error",
        "The push service does not take the key pair",
    ),
    (
        "too much",
        refusal(429, "RESOURCE_EXHAUSTED", "Quota exceeded."),
        "warning",
        "Try again in a minute.",
    ),
    (
        "no answer",
        lambda message: Instead.RESET,
        "error",
        "Run manage.py push_emulator.",
    ),
]


@pytest.mark.parametrize(
    ("answer", "level", "advice"),
    [pytest.param(*rest, id=name) for name, *rest in ANSWERS],
)
def test_the_dry_run(answer: Any, level: str, advice: str, google: Google) -> None:
    google.answer = answer

    found = live()

    assert found["level"] == level
    assert found["what"]
    assert found["advice"].startswith(advice)
    assert bool(found["advice"]) == bool(advice)
    # firebase-admin's own way of asking may be tried twice for a 401.
    assert {post["validate_only"] for post in google.posts} == {True}
    targets = {post["message"]["fid"] for post in google.posts}
    assert not any(target in json.dumps(found) for target in targets)


@pytest.mark.parametrize(
    ("body", "advice"),
    [
        (
            {"error": "invalid_grant", "error_description": "Invalid JWT Signature."},
            "oauth2.googleapis.com does not take the service account's key",
        ),
        (
            {"error": "invalid_client", "error_description": "Not found."},
            "oauth2.googleapis.com gave no access token",
        ),
    ],
)
def test_no_access_token(body: Any, advice: str, google: Google) -> None:
    google.token = lambda: endpoints.reply(400, body)

    found = live()

    assert (found["level"], google.posts) == ("error", [])
    assert found["advice"].startswith(advice)


def test_the_emulator_is_asked_like_google(settings: Any) -> None:
    with EmulatorProcess() as emulator:
        put(settings, EMULATOR=emulator.url, CREDENTIALS=None)
        found = live()
        sent = [r["path"] for r in emulator.requests() if "messages:send" in r["path"]]

        assert (found["level"], len(sent), emulator.pushes()) == ("ok", 1, [])
        assert found["what"] == (
            f"{emulator.url} took the credentials and answered: unregistered."
        )
        emulator.fault("permission-denied")

        assert live()["what"] == "The caller does not have permission."


def test_credentials_that_cannot_sign_in(settings: Any) -> None:
    spoil_credentials(settings)

    found = live()

    assert found["level"] == "error"
    assert found["what"].startswith('WAGTAIL_PUSH["CREDENTIALS"] is not the JSON file')


def test_a_backend_that_is_not_fcm_is_not_asked(locmem: list[Any]) -> None:
    found = live()

    assert (found["level"], locmem) == ("warning", [])
    assert found["what"] == (
        "wagtail_push.backends.locmem.LocMemBackend does not send through FCM."
    )


@pytest.mark.promise("M-27")
def test_the_admin_asks_google_for_nothing(client: Client, google: Google) -> None:
    scope_editor(client)
    light(client)

    assert (google.posts, google.tokens) == ([], 0)


def test_made_up_targets_have_the_form_of_a_fid() -> None:
    made = {doctor.made_up().value for _ in range(50)}

    assert len(made) == 50
    assert all(re.fullmatch(r"[cdef][\w-]{21}", fid, re.ASCII) for fid in made)
