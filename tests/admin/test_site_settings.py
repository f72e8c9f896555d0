"""What a portal's operator sets for push notifications, and what it changes."""

import os
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.forms.models import model_to_dict
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from wagtail.models import Page, Site

from tests.admin.editors import sign_in
from wagtail_push import announcements, registry
from wagtail_push.messages import Envelope
from wagtail_push.models import PushSiteSettings
from wagtail_push.notify import notify
from wagtail_push.test.factories import (
    AccountFactory,
    AnnouncementFactory,
    BrowserFactory,
    ScopeFactory,
)


pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("wagtail_rows")]

EMPTY = {
    "name": "",
    "icon": "",
    "badge": "",
    "ttl": "",
    "quiet_from": "",
    "quiet_to": "",
}
TABLE = PushSiteSettings._meta.db_table


@pytest.fixture
def site(wagtail_rows: None) -> Site:
    """Return the default site."""
    root = Page.objects.get(depth=1)
    site: Site = Site.objects.create(
        hostname="localhost", root_page=root, is_default_site=True
    )
    return site


def address(site: Site) -> str:
    return reverse(
        "wagtailsettings:edit", args=["wagtail_push", "pushsitesettings", site.pk]
    )


def save(client: Client, site: Site, **change: str) -> dict[str, list[str]]:
    """Save the form; return its errors."""
    response = client.post(address(site), {**EMPTY, **change})
    if response.status_code == 302:
        assert response.headers["Location"] == address(site)
        return {}
    errors: dict[str, list[str]] = response.context["form"].errors
    return errors


def test_they_are_saved_for_each_site(client: Client, site: Site) -> None:
    sign_in(client, "change_pushsitesettings")
    given = {
        "name": "Nordhost Push",
        "icon": "/media/icon.png",
        "badge": "https://cdn.example/badge.png",
        "ttl": "3600",
        "quiet_from": "22:00",
        "quiet_to": "07:00",
    }

    page = client.get(address(site)).content.decode()
    errors = save(client, site, **given)

    assert errors == {}
    assert "only the settings of the default one count for messages" in page
    saved = model_to_dict(PushSiteSettings.objects.get(site=site))
    assert {name: saved[name] for name in given} == {
        **given,
        "ttl": 3600,
        "quiet_from": time(22),
        "quiet_to": time(7),
    }


@pytest.mark.parametrize(
    ("change", "errors"),
    [
        (
            {"quiet_from": "22:00"},
            {"quiet_to": ["Give both ends of the quiet hours, or none."]},
        ),
        (
            {"quiet_to": "7:00"},
            {"quiet_from": ["Give both ends of the quiet hours, or none."]},
        ),
        (
            {"quiet_from": "7:00", "quiet_to": "7:00"},
            {"quiet_to": ["Quiet hours end at another time than they begin."]},
        ),
        (
            {"ttl": "0"},
            {"ttl": ["Ensure this value is greater than or equal to 1."]},
        ),
        (
            {"ttl": "2419201"},
            {"ttl": ["Ensure this value is less than or equal to 2419200."]},
        ),
        ({"ttl": "2419200"}, {}),
    ],
)
def test_what_can_not_be_is_refused(
    client: Client, site: Site, change: dict[str, str], errors: dict[str, list[str]]
) -> None:
    sign_in(client, "change_pushsitesettings")

    assert save(client, site, **change) == errors


def with_manifest(settings: Any) -> None:
    """Serve static files as production does: unknown ones have no address."""
    name = "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"
    settings.STORAGES = {**settings.STORAGES, "staticfiles": {"BACKEND": name}}


@pytest.mark.parametrize("field", ["icon", "badge"])
def test_a_static_file_that_is_not_there_is_refused(field: str, settings: Any) -> None:
    with_manifest(settings)

    with pytest.raises(ValidationError) as refused:
        PushSiteSettings(**{field: "portal/none.png"}).full_clean(exclude=["site"])

    assert refused.value.message_dict == {field: ["There is no such static file."]}


def test_who_may_not_change_them(client: Client, site: Site) -> None:
    sign_in(client, "statistics_announcement", "change_notificationscope")
    home = reverse("wagtailadmin_home")

    assert client.get(address(site)).headers["Location"] == home
    assert client.post(address(site), EMPTY).headers["Location"] == home
    assert address(site) not in client.get(home).content.decode()
    assert not PushSiteSettings.objects.exists()


@pytest.fixture
def send(
    locmem: list[Envelope], work: Callable[[], None], settings: Any
) -> Callable[..., Envelope]:
    """Return what sends a message to one browser; what it was sent is returned."""
    settings.WAGTAIL_PUSH = {
        **settings.WAGTAIL_PUSH,
        "ICON": "/code/icon.png",
        "BADGE": "/code/badge.png",
        "NAME": "From the code",
    }
    ScopeFactory(key="invoices")

    def run(**browser: Any) -> Envelope:
        account = BrowserFactory(**browser).account
        notify("invoices", account.key, title="Title", body="Body")
        work()
        return locmem[-1]

    return run


@pytest.mark.usefixtures("accounts")
def test_messages_carry_them(site: Site, send: Callable[..., Envelope]) -> None:
    def shown() -> tuple[str, str, str]:
        content = send(hide_details=True).content
        return content.title, content.icon, content.badge

    from_code = ("From the code", "/code/icon.png", "/code/badge.png")
    assert shown() == from_code
    saved = PushSiteSettings.objects.create(site=site)
    assert shown() == from_code
    saved.name, saved.icon, saved.badge = "Nordhost", "/new.png", "https://x.example/b"
    saved.save()

    # The same worker, which has kept nothing.
    assert shown() == ("Nordhost", "/new.png", "https://x.example/b")


@pytest.mark.usefixtures("accounts")
def test_another_sites_settings_do_not_count(
    site: Site, send: Callable[..., Envelope]
) -> None:
    other = Site.objects.create(hostname="other.example", root_page=site.root_page)
    PushSiteSettings.objects.create(site=other, name="Other", icon="/other.png")

    content = send(hide_details=True).content

    assert (content.title, content.icon) == ("From the code", "/code/icon.png")


@pytest.mark.usefixtures("accounts")
def test_a_static_file_that_is_gone_does_not_stop_messages(
    site: Site, send: Callable[..., Envelope], settings: Any
) -> None:
    PushSiteSettings.objects.create(site=site, icon="portal/gone.png")
    with_manifest(settings)

    assert send().content.icon == "/code/icon.png"


@pytest.mark.usefixtures("accounts")
def test_a_static_file_has_an_address(
    site: Site, send: Callable[..., Envelope]
) -> None:
    PushSiteSettings.objects.create(site=site, icon="portal/icon.png")

    assert send().content.icon == "/static/portal/icon.png"


@pytest.mark.usefixtures("accounts")
def test_the_confirmation_names_the_portal(site: Site) -> None:
    PushSiteSettings.objects.create(site=site, name="Port & Co")

    told = registry.confirm(BrowserFactory(name="Laptop"))

    assert told.body["en"] == "“Laptop” now receives notifications from Port & Co."


@pytest.mark.usefixtures("accounts")
def test_the_page_says_the_same(client: Client, site: Site) -> None:
    PushSiteSettings.objects.create(
        site=site, name="Port & Co", icon="/new.png", badge="/b.png"
    )
    AccountFactory(key="C-1", forbidden=True)
    sign_in(client)

    page = client.get(reverse("wagtail_push:settings")).content.decode()

    assert "Port &amp; Co has switched notifications off for this account." in page
    assert '"icon": "/new.png", "badge": "/b.png"' in page


@pytest.mark.usefixtures("accounts", "work")
@pytest.mark.parametrize(
    ("own", "ours", "scopes", "seconds"),
    [
        (None, None, None, 600),
        (None, 3600, None, 3600),
        (60, 3600, None, 60),
        (None, 3600, 1800, 1800),
    ],
)
def test_announcements_without_a_validity_of_their_own(
    site: Site,
    settings: Any,
    own: int | None,
    ours: int | None,
    scopes: int | None,
    seconds: int,
) -> None:
    settings.WAGTAIL_PUSH = {**settings.WAGTAIL_PUSH, "TTL": 600}
    PushSiteSettings.objects.create(site=site, ttl=ours)
    announcement = AnnouncementFactory(ttl=own, scope__max_ttl=scopes)

    sent = announcements.send(announcement)

    assert sent.expires_at - sent.send_at == timedelta(seconds=seconds)
    # What developers send keeps to what developers set.
    other = notify(ScopeFactory().key, "C-1", title="Title", body="Body")
    assert other.expires_at - other.send_at == timedelta(seconds=600)


@pytest.mark.usefixtures("accounts", "site")
def test_one_query_for_a_page_of_messages(
    locmem: list[Envelope], work: Callable[[], None]
) -> None:
    ScopeFactory(key="invoices")
    for number in range(5):
        language = ("en", "pl", "cs")[number % 3]
        BrowserFactory(account__key="C-1", language=language, hide_details=number > 2)
    words = {"en": "Title", "pl": "Tytuł", "cs": "Název"}

    def asked(act: Callable[[], Any]) -> int:
        with CaptureQueriesContext(connection) as queries:
            act()
        return sum(TABLE in query["sql"] for query in queries)

    assert asked(lambda: notify("invoices", "C-1", title=words, body=words)) == 1
    assert asked(work) == 1
    assert len(locmem) == 5


QUIET = [
    # By day, by night, and over midnight; ends are exclusive.
    ("13:00", "14:30", "12:59:59", False),
    ("13:00", "14:30", "13:00", True),
    ("13:00", "14:30", "14:29:59", True),
    ("13:00", "14:30", "14:30", False),
    ("22:00", "7:00", "21:59:59", False),
    ("22:00", "7:00", "22:00", True),
    ("22:00", "7:00", "0:00", True),
    ("22:00", "7:00", "6:59:59", True),
    ("22:00", "7:00", "7:00", False),
    ("22:00", "7:00", "12:00", False),
    ("22:00", "0:00", "23:59:59", True),
    ("22:00", "0:00", "0:00", False),
    ("0:00", "7:00", "0:00", True),
    ("0:00", "7:00", "23:59:59", False),
    ("7:00", "7:00", "7:00", False),
    (None, None, "3:00", False),
    ("22:00", None, "23:00", False),
]


def clock(text: str) -> time:
    parts = [int(part) for part in text.split(":")]
    return time(*parts)


@pytest.mark.parametrize(("begin", "end", "at", "quiet"), QUIET)
def test_quiet_hours(
    begin: str | None, end: str | None, at: str, quiet: bool, settings: Any
) -> None:
    settings.TIME_ZONE = "UTC"
    given = PushSiteSettings(
        quiet_from=begin and clock(begin), quiet_to=end and clock(end)
    )

    moment = datetime.combine(datetime(2026, 11, 28), clock(at), UTC)
    assert given.is_quiet(moment) is quiet


@pytest.mark.parametrize(
    ("end", "at", "quiet"),
    [
        # Winter: one hour before UTC; summer: two.
        ("7:00", "2026-01-15T05:59+00:00", True),
        ("7:00", "2026-01-15T06:00+00:00", False),
        ("7:00", "2026-07-15T04:59+00:00", True),
        ("7:00", "2026-07-15T05:00+00:00", False),
        # The clock goes from 2:00 to 3:00: there is no half past two.
        ("2:30", "2026-03-29T00:59+00:00", True),
        ("2:30", "2026-03-29T01:00+00:00", False),
        # It goes from 3:00 back to 2:00, and shows the time before half past two twice.
        ("2:30", "2026-10-25T00:29+00:00", True),
        ("2:30", "2026-10-25T00:30+00:00", False),
        ("2:30", "2026-10-25T01:29+00:00", True),
        ("2:30", "2026-10-25T01:30+00:00", False),
        # Whatever time zone the moment is told in.
        ("7:00", "2026-01-15T15:59+10:00", True),
        ("7:00", "2026-01-15T16:00+10:00", False),
    ],
)
def test_quiet_hours_go_by_the_portals_clock(
    end: str, at: str, quiet: bool, settings: Any
) -> None:
    settings.TIME_ZONE = "Europe/Prague"
    given = PushSiteSettings(quiet_from=time(22), quiet_to=clock(end))

    # Wagtail's admin speaks the editor's own time zone.
    with timezone.override("Asia/Tokyo"):
        assert given.is_quiet(datetime.fromisoformat(at)) is quiet


WITHOUT = """
import django
from django.conf import settings

django.setup()
from django.contrib.auth.models import Permission
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext, setup_test_environment
from wagtail.contrib.settings.registry import registry
from wagtail.models import Locale, Page, Site

setup_test_environment()
call_command("check", fail_level="WARNING")
call_command("migrate", run_syncdb=True, verbosity=0)

from wagtail_push.models import PushSiteSettings
from wagtail_push.test.factories import LoginFactory

Locale.objects.create(language_code="en")
root = Page.add_root(instance=Page(title="Root", slug="root"))
site = Site.objects.create(hostname="a", root_page=root, is_default_site=True)
# Somebody had the app once: what was saved counts no longer.
PushSiteSettings.objects.create(site=site, name="Nobody's")
with CaptureQueriesContext(connection) as queries:
    found = PushSiteSettings.for_messages()
assert not len(queries), list(queries)
assert (found.portal_name, found.ttl) == (settings.WAGTAIL_PUSH["NAME"], None)
assert found.is_quiet(django.utils.timezone.now()) is False
client = Client()
client.force_login(LoginFactory(is_superuser=True))
page = client.get("/admin/").content.decode()
assert "Registered browsers" in page
assert "pushsitesettings" not in page
assert PushSiteSettings not in registry
offered = client.get("/admin/groups/new/").context["form"].fields["permissions"]
assert not offered.queryset.filter(codename="change_pushsitesettings").exists()
print("all well")
"""

SETTINGS_WITHOUT = """
from tests.settings import *

INSTALLED_APPS = [app for app in INSTALLED_APPS if app != "wagtail.contrib.settings"]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}


class NoMigrations:
    def __contains__(self, app):
        return True

    def __getitem__(self, app):
        return None


# They take long; the tests of migrations run them, without the app.
MIGRATION_MODULES = NoMigrations()
"""


def test_a_portal_without_wagtails_settings_app(
    tmp_path: Any, pytestconfig: pytest.Config
) -> None:
    (tmp_path / "settings_without.py").write_text(SETTINGS_WITHOUT)
    (tmp_path / "use.py").write_text(WITHOUT)

    done = subprocess.run(
        [sys.executable, tmp_path / "use.py"],
        capture_output=True,
        text=True,
        check=False,
        cwd=pytestconfig.rootpath,
        env={
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "settings_without",
            "PYTHONPATH": f"{tmp_path}{os.pathsep}{pytestconfig.rootpath}",
        },
    )

    assert done.stdout.endswith("all well\n"), done.stderr
