"""Scopes as editors manage them in Wagtail's admin."""

from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.admin.editors import (
    GROUPS,
    SCOPES,
    errors_of,
    saved_data,
    scope_data,
    text,
)
from wagtail_push import registry
from wagtail_push.models import NotificationScope, ScopeGroup
from wagtail_push.test.factories import (
    AnnouncementFactory,
    NotificationFactory,
    ScopeFactory,
    ScopeGroupFactory,
    ScopeGroupTextFactory,
    ScopeTextFactory,
)


pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("wagtail_rows")]


def edit_url(scope: NotificationScope) -> str:
    return reverse(f"{SCOPES}:edit", args=[scope.pk])


def test_the_menu_has_one_group_with_our_bell(admin_client: Client) -> None:
    page = admin_client.get(reverse("wagtailadmin_home")).content.decode()

    assert '"label": "Push notifications"' in page
    assert '"icon_name": "wagtail-push-bell"' in page
    assert (
        "icon-wagtail-push-bell"
        in admin_client.get(reverse("wagtailadmin_sprite")).content.decode()
    )
    labels = ["Scopes", "Scope groups", "Customer accounts"]
    places = [page.index(f'"label": "{label}"') for label in labels]
    assert places == sorted(places)


def test_the_listing_shows_which_translation_is_missing(admin_client: Client) -> None:
    group = ScopeGroupFactory(key="billing")
    invoices = ScopeFactory(key="invoices", default="off", group=group)
    ScopeTextFactory(scope=invoices, language="pl", title="Faktury")
    parcels = ScopeFactory(key="parcels", retired=True)
    for language in ("pl", "cs"):
        ScopeTextFactory(scope=parcels, language=language)

    page = admin_client.get(reverse(f"{SCOPES}:list")).content.decode()

    cells = [" ".join(cell.split()) for cell in page.split("<td") if "</td>" in cell]
    shown = [cell.partition(">")[2].partition("<")[0].strip() for cell in cells]
    assert [one for one in shown if one] == [
        "invoices",
        "Billing",
        "Off unless switched on",
        "en, pl · missing cs",
        # No browser is registered, and nothing was sent.
        "0",
        "0",
        "–",
        "Everyone",
        "parcels",
        "On unless switched off",
        "en, pl, cs",
        "0",
        "0",
        "–",
        "Retired",
        "Everyone",
    ]


def test_the_listing_costs_the_same_with_more_scopes(
    admin_client: Client,
) -> None:
    def visit() -> int:
        with CaptureQueriesContext(connection) as queries:
            admin_client.get(reverse(f"{SCOPES}:list"))
        return len(queries)

    group = ScopeGroupFactory()
    ScopeFactory(group=group)
    visit()
    few = visit()
    ScopeFactory.create_batch(5, group=group)

    assert visit() == few


def test_retired_scopes_stay_listed_and_can_be_filtered(admin_client: Client) -> None:
    ScopeFactory(key="invoices")
    ScopeFactory(key="parcels", retired=True)

    def keys(query: str) -> list[str]:
        response = admin_client.get(reverse(f"{SCOPES}:list") + query)
        return [scope.key for scope in response.context["object_list"]]

    assert keys("") == ["invoices", "parcels"]
    assert keys("?retired=true") == ["parcels"]
    assert keys("?retired=false") == ["invoices"]


def test_a_search_finds_a_title_in_any_language_once(admin_client: Client) -> None:
    scope = ScopeFactory(key="parcels", text__title="Post")
    ScopeTextFactory(scope=scope, language="pl", title="Poczta, post")
    ScopeFactory(key="invoices")

    response = admin_client.get(reverse(f"{SCOPES}:list"), {"q": "post"})

    assert [found.key for found in response.context["object_list"]] == ["parcels"]


def test_a_scope_is_added_in_two_languages(admin_client: Client) -> None:
    group = ScopeGroupFactory(key="post")

    response = admin_client.post(reverse(f"{SCOPES}:add"), scope_data(group=group.pk))

    assert response.status_code == 302, errors_of(response)
    scope = NotificationScope.objects.get()
    assert (scope.key, scope.default, scope.max_ttl, scope.group) == (
        "parcels",
        "on",
        3600,
        group,
    )
    assert [scope.text(code).title for code in ("en", "pl", "cs")] == [
        "Parcels",
        "Paczki",
        "Parcels",
    ]


@pytest.mark.parametrize(
    ("change", "errors"),
    [
        (
            {"max_ttl": "2419201"},
            {"max_ttl": ["Ensure this value is less than or equal to 2419200."]},
        ),
        (
            {"max_ttl": "0"},
            {"max_ttl": ["Ensure this value is greater than or equal to 1."]},
        ),
        (
            {"key": "two words"},
            {
                "key": [
                    "Enter a valid “slug” consisting of letters, numbers, underscores "
                    "or hyphens."
                ]
            },
        ),
        (
            {"key": "invoices"},
            {"key": ["Notification scope with this Key already exists."]},
        ),
        (
            {"texts": [text("en", "Parcels"), text("en", "Post")]},
            {"texts-1": {"language": ["There is another text in this language."]}},
        ),
        (
            {"texts": [text("pl", "Paczki")]},
            {
                "texts": [
                    "Add a text in the default language (English): customers read it "
                    "if there is none in their own."
                ]
            },
        ),
        (
            {"texts": []},
            {
                "texts": [
                    "Please submit at least 1 form.",
                ]
            },
        ),
        (
            {"default": "always"},
            {
                "texts-0": {
                    "reason": [
                        "Customers can't switch this scope off. Tell them why, at "
                        "least in the default language (English)."
                    ]
                }
            },
        ),
    ],
    ids=[
        "too long",
        "too short",
        "no key",
        "key twice",
        "language twice",
        "no default language",
        "no text",
        "no reason",
    ],
)
def test_bad_input_is_told_beside_the_field(
    change: dict[str, Any], errors: dict[str, Any], admin_client: Client
) -> None:
    ScopeFactory(key="invoices")

    response = admin_client.post(reverse(f"{SCOPES}:add"), scope_data(**change))

    assert response.status_code == 200
    assert errors_of(response) == errors
    assert [scope.key for scope in NotificationScope.objects.all()] == ["invoices"]


def test_always_on_with_a_reason_in_the_default_language(admin_client: Client) -> None:
    texts = [text("en", "Outages", reason="Your site may stop."), text("pl", "Awarie")]

    response = admin_client.post(
        reverse(f"{SCOPES}:add"),
        scope_data(key="outages", default="always", texts=texts),
    )

    assert response.status_code == 302, errors_of(response)
    scope = NotificationScope.objects.get()
    assert scope.text("pl").title == "Awarie"
    assert [scope.reason(code) for code in ("en", "pl")] == ["Your site may stop."] * 2


def test_the_key_cannot_be_changed(admin_client: Client) -> None:
    scope = ScopeFactory(key="invoices")

    page = admin_client.get(edit_url(scope)).content.decode()
    response = admin_client.post(
        edit_url(scope), saved_data(scope, key="hacked", max_ttl="60")
    )

    assert 'name="key"' not in page
    assert "invoices" in page.partition('role="textbox"')[2].partition("</div>")[0]
    assert response.status_code == 302, errors_of(response)
    scope.refresh_from_db()
    assert (scope.key, scope.max_ttl) == ("invoices", 60)


def test_the_key_of_a_new_scope_follows_the_title(admin_client: Client) -> None:
    page = admin_client.get(reverse(f"{SCOPES}:add")).content.decode()

    title = page.partition('name="texts-0-title"')[2].partition(">")[0]
    key = page.partition('name="key"')[2].partition(">")[0]
    assert 'data-w-sync-target-value="#id_key"' in title
    assert 'data-w-slug-allow-unicode-value="false"' in key


def test_a_text_is_removed_and_another_one_added(admin_client: Client) -> None:
    scope = ScopeFactory(key="invoices")
    polish = ScopeTextFactory(scope=scope, language="pl", title="Faktury")
    data = saved_data(
        scope,
        texts=[
            text("en", "Invoices", id=str(scope.texts.get(language="en").pk)),
            text("pl", "Faktury", id=str(polish.pk), DELETE="1"),
            text("pl", "Rachunki"),
        ],
    )

    response = admin_client.post(edit_url(scope), data)

    assert response.status_code == 302, errors_of(response)
    found = sorted(scope.texts.values_list("language", "title"))
    assert found == [("en", "Invoices"), ("pl", "Rachunki")]


@pytest.mark.parametrize(
    ("name", "factory"),
    [(SCOPES, ScopeFactory), (GROUPS, ScopeGroupFactory)],
    ids=["scopes", "groups"],
)
def test_rows_are_moved_and_new_ones_go_to_the_end(
    name: str, factory: Any, admin_client: Client
) -> None:
    rows = {key: factory(key=key) for key in ("c", "b", "a")}
    model = type(rows["a"])

    def keys() -> list[str]:
        return [row.key for row in model.objects.all()]

    def move(key: str, position: int) -> None:
        url = reverse(f"{name}:reorder", args=[rows[key].pk])
        assert admin_client.post(f"{url}?position={position}").json() == {
            "success": True
        }

    assert keys() == ["c", "b", "a"]
    move("a", 0)
    assert keys() == ["a", "c", "b"]
    move("a", 2)
    assert keys() == ["c", "b", "a"]
    model.objects.update(sort_order=0)
    move("b", 0)
    assert keys() == ["b", "c", "a"]
    rows["d"] = factory(key="d")
    assert keys()[3] == "d"


def test_customers_see_the_order_that_editors_give(admin_client: Client) -> None:
    first, last = ScopeFactory(key="first"), ScopeFactory(key="last")
    url = reverse(f"{SCOPES}:reorder", args=[last.pk])
    assert [scope.pk for scope in registry.scopes("C-1")] == [first.pk, last.pk]

    admin_client.post(f"{url}?position=0")

    assert [scope.pk for scope in registry.scopes("C-1")] == [last.pk, first.pk]


def said(client: Client, url: str) -> list[str]:
    """Return the messages on a page."""
    response = client.get(url)
    return [unescape(str(one)).strip() for one in response.context["messages"]]


def test_a_scope_with_a_history_is_not_deleted(admin_client: Client) -> None:
    scope = ScopeFactory(key="invoices", text__title="Invoices")
    NotificationFactory(scope=scope)
    url = reverse(f"{SCOPES}:delete", args=[scope.pk])

    for ask in (admin_client.get, admin_client.post):
        response = ask(url)
        assert response.headers["Location"] == edit_url(scope)
        assert said(admin_client, edit_url(scope)) == [
            "“Invoices” can't be deleted: notifications were sent in it. Retire it "
            "instead: tick “Retired” and save. Customers then no longer see it."
        ]
    assert NotificationScope.objects.count() == 1


def test_a_scope_with_an_announcement_is_not_deleted(admin_client: Client) -> None:
    scope = ScopeFactory(key="invoices", text__title="Invoices")
    AnnouncementFactory(scope=scope)
    url = reverse(f"{SCOPES}:delete", args=[scope.pk])

    for ask in (admin_client.get, admin_client.post):
        response = ask(url)
        assert response.headers["Location"] == edit_url(scope)
        assert said(admin_client, edit_url(scope)) == [
            "“Invoices” can't be deleted: announcements were written in it. Retire it "
            "instead: tick “Retired” and save. Customers then no longer see it."
        ]
    assert NotificationScope.objects.count() == 1


def test_a_scope_without_a_history_is_deleted(admin_client: Client) -> None:
    scope = ScopeFactory(key="invoices", text__title="Invoices")
    url = reverse(f"{SCOPES}:delete", args=[scope.pk])

    page = admin_client.get(url).content.decode()
    response = admin_client.post(url)

    assert "Are you sure you want to delete this notification scope?" in page
    assert "referenced" not in page
    assert response.headers["Location"] == reverse(f"{SCOPES}:list")
    assert not NotificationScope.objects.exists()


def test_several_are_not_deleted_at_once_if_one_is_used(admin_client: Client) -> None:
    used, unused = ScopeFactory(text__title="Invoices"), ScopeFactory()
    NotificationFactory(scope=used)
    url = reverse(
        "wagtail_bulk_action", args=["wagtail_push", "notificationscope", "delete"]
    )

    response = admin_client.post(f"{url}?id={used.pk}&id={unused.pk}")

    assert response.headers["Location"] == reverse(f"{SCOPES}:list")
    [words] = said(admin_client, reverse(f"{SCOPES}:list"))
    assert words.startswith("“Invoices” can't be deleted")
    assert NotificationScope.objects.count() == 2


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (
            1,
            "“Post” can't be deleted: 1 scope stands in it. Give that scope another "
            "group first.",
        ),
        (
            2,
            "“Post” can't be deleted: 2 scopes stand in it. Give those scopes another "
            "group first.",
        ),
    ],
)
def test_a_group_with_scopes_is_not_deleted(
    number: int, words: str, admin_client: Client
) -> None:
    group = ScopeGroupFactory(key="post")
    for _ in range(number):
        ScopeFactory(group=group)

    response = admin_client.post(reverse(f"{GROUPS}:delete", args=[group.pk]))

    assert response.status_code == 302
    assert said(admin_client, response.headers["Location"]) == [words]
    assert ScopeGroup.objects.count() == 1


def test_a_group_is_added_named_anew_and_deleted(admin_client: Client) -> None:
    texts = [{"language": "en", "title": "Post"}]
    added = admin_client.post(
        reverse(f"{GROUPS}:add"), scope_data(key="post", texts=texts)
    )
    assert added.status_code == 302, errors_of(added)
    group = ScopeGroup.objects.get()
    ScopeGroupTextFactory(group=group, language="pl", title="Poczta")
    assert [group.title(code) for code in ("pl", "cs")] == ["Poczta", "Post"]

    page = admin_client.get(reverse(f"{GROUPS}:list")).content.decode()
    admin_client.post(reverse(f"{GROUPS}:delete", args=[group.pk]))

    assert "en, pl · missing cs" in page
    assert not ScopeGroup.objects.exists()
