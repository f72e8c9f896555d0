"""The settings page in a page tree, and what portals put on pages of their own."""

import re
from html import unescape
from typing import Any

import pytest
from django.template import Context, RequestContext, Template
from django.test import Client, RequestFactory
from wagtail.models import Page, Site

from example_site.portal.models import PushPage
from tests.adapter import OpenAccounts
from tests.devices import come_back_as
from wagtail_push.device import COOKIE
from wagtail_push.models import Account, Browser, ScopeChoice
from wagtail_push.test.factories import (
    AccountFactory,
    BrowserFactory,
    LoginFactory,
    ScopeChoiceFactory,
    ScopeFactory,
)


pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("accounts", "work", "wagtail_rows"),
]


@pytest.fixture
def login() -> Any:
    return LoginFactory()


@pytest.fixture
def api(login: Any) -> Client:
    client = Client()
    client.force_login(login)
    return client


@pytest.fixture
def browser(login: Any) -> Browser:
    account = AccountFactory(key="C-1")
    return BrowserFactory(account=account, login=login, name="Office laptop")


@pytest.fixture
def page() -> PushPage:
    root = Page.get_first_root_node()
    page = PushPage(
        title="Notices", slug="notices", introduction="<p>Our <b>own</b></p>"
    )
    home = root.add_child(instance=Page(title="Home", slug="home-of-tests"))
    home.add_child(instance=page)
    Site.objects.update_or_create(
        is_default_site=True, defaults={"root_page": home, "hostname": "testserver"}
    )
    return page


def test_editors_place_the_page_with_words_of_their_own(
    api: Client, browser: Browser, page: PushPage
) -> None:
    come_back_as(api, browser)

    response = api.get("/notices/")

    html = response.content.decode()
    assert response.status_code == 200
    assert "<title>Notices" in html
    assert "Our <b>own</b>" in html
    assert "Office laptop" in html
    assert 'id="wagtail-push-config"' in html
    assert "no-store" in response.headers["Cache-Control"]
    assert '"worker": "/push/sw/worker.js"' in html


def test_its_forms_lead_back_to_it(
    api: Client, browser: Browser, page: PushPage
) -> None:
    html = api.get("/notices/").content.decode()
    assert '<input type="hidden" name="next" value="/notices/">' in html

    response = api.post(
        f"/push/browsers/{browser.public_id}/pause/", {"next": "/notices/"}, follow=True
    )

    assert response.redirect_chain == [("/notices/?done=paused", 302)]
    assert "Nothing is sent to that browser any more." in response.content.decode()


def test_others_are_led_to_signing_in(client: Client, page: PushPage) -> None:
    response = client.get("/notices/")

    assert (response.status_code, response.url) == (302, "/sign-in/?next=/notices/")


def test_the_page_makes_the_browser_recognisable(api: Client, page: PushPage) -> None:
    assert COOKIE in api.get("/notices/").cookies
    assert COOKIE not in api.get("/notices/").cookies


def render(
    source: str,
    client: Client | None = None,
    login: Any = None,
    address: str = "/orders/7/",
) -> str:
    from django.contrib.auth.models import AnonymousUser

    request = RequestFactory().get(address)
    request.user = login or AnonymousUser()
    if client:
        request.COOKIES.update({k: v.value for k, v in client.cookies.items()})
    context: Context = RequestContext(request, {})
    return " ".join(
        Template("{% load wagtail_push_tags %}" + source).render(context).split()
    )


def test_the_whole_panel_on_any_page(api: Client, browser: Browser, login: Any) -> None:
    come_back_as(api, browser)

    html = render("{% push_settings %}", api, login)

    assert "Office laptop" in html
    assert html.count("<script type=") == 2
    assert "wagtail-push.css" in html
    assert '<input type="hidden" name="next" value="/orders/7/">' in html
    assert "Office laptop" not in render("{% push_settings %}")


def test_a_panel_keeps_the_rest_of_its_address(
    api: Client, browser: Browser, login: Any
) -> None:
    come_back_as(api, browser)
    address = "/profile/?tab=push&q=Office&page=1&refused=gone"
    html = render("{% push_settings %}", api, login, address)
    # What the list is searched for is sent beside it.
    [next_address] = set(re.findall(r'name="next" value="([^"]+)"', html))

    data = {"next": unescape(next_address), "q": "Office"}
    response = api.post(f"/push/browsers/{browser.public_id}/pause/", data)

    assert response.url == "/profile/?tab=push&done=paused&q=Office"


def test_the_list_of_a_panel_keeps_the_rest_of_its_address(
    api: Client, login: Any
) -> None:
    account = AccountFactory(key="C-1")
    BrowserFactory.create_batch(21, account=account, login=login, name="Office")
    address = "/profile/?tab=push&q=office&page=2&done=paused"
    html = render("{% push_settings %}", api, login, address)

    links = [unescape(link) for link in re.findall(r'href="(\?[^"]*)"', html)]
    assert links == [
        "?tab=push",
        "?tab=push&q=office&page=1#wagtail-push-browsers",
        "?tab=push&q=office&page=3#wagtail-push-browsers",
    ]
    search = html.partition('role="search"')[2].partition("</form>")[0]
    assert '<input type="hidden" name="tab" value="push">' in search


@pytest.mark.parametrize("why", ["off", "forbidden", "revoked"])
def test_where_nothing_is_sent_no_tag_says_that_it_comes(
    api: Client, browser: Browser, login: Any, why: str
) -> None:
    ScopeFactory(key="parcels")
    come_back_as(api, browser)
    both = '{% push_bell %}{% push_optin scope="parcels" %}'
    assert "on in this browser" in render(both, api, login)
    assert "This browser is told about" in render(both, api, login)
    who = login
    if why == "revoked":
        # A colleague opens the same account in the same browser.
        who = LoginFactory()
        OpenAccounts.revoked = {(login.pk, "C-1")}
    else:
        changed = {"enabled": False} if why == "off" else {"forbidden": True}
        Account.objects.update(**changed)

    said = render(both, api, who)

    assert "on in this browser" not in said
    assert "This browser is told about" not in said


def test_the_bell(api: Client, browser: Browser, login: Any) -> None:
    assert "off in this browser" in render("{% push_bell %}", api, login)
    come_back_as(api, browser)
    assert "on in this browser" in render("{% push_bell %}", api, login)
    anonymous = render("{% push_bell %}")
    assert 'href="/push/"' in anonymous
    assert "this browser" not in anonymous


TAG = '{% push_optin scope="invoices" %}'


def test_one_scope_is_offered_where_it_is_talked_about(
    api: Client, browser: Browser, login: Any
) -> None:
    scope = ScopeFactory(key="invoices", default="off", text__title="Invoices")
    assert 'href="/push/"' in render(TAG, api, login)
    come_back_as(api, browser)
    html = render(TAG, api, login)
    assert 'data-state="off"' in html
    assert "Tell this browser about “Invoices”" in html

    data = {"scope": "invoices", "wanted": "1", "next": "/orders/7/"}
    response = api.post(f"/push/browsers/{browser.public_id}/scopes/", data)
    assert response.url == "/orders/7/?done=saved"
    assert ScopeChoice.objects.get(browser=browser, scope=scope).wanted
    assert "This browser is told about “Invoices”." in render(TAG, api, login)
    assert render(TAG) == ""


def test_an_offer_leads_back_to_the_same_search(
    api: Client, browser: Browser, login: Any
) -> None:
    ScopeFactory(key="invoices", default="off")
    come_back_as(api, browser)
    html = render(
        TAG, api, login, "/search/?q=%C5%81%C3%B3d%C5%BA&page=2&empty=&done=saved"
    )
    [address] = re.findall(r'name="next" value="([^"]+)"', html)

    data = {"scope": "invoices", "wanted": "1", "next": unescape(address)}
    response = api.post(f"/push/browsers/{browser.public_id}/scopes/", data)

    assert response.url == "/search/?q=%C5%81%C3%B3d%C5%BA&page=2&empty=&done=saved"


@pytest.mark.parametrize("change", [{"retired": True}, {"key": "other"}])
def test_what_customers_do_not_see_is_not_offered(
    api: Client, login: Any, change: dict[str, Any]
) -> None:
    ScopeFactory(**{"key": "invoices", **change})

    assert render(TAG, api, login) == ""


def test_a_paused_browser_is_led_to_its_settings(
    api: Client, browser: Browser, login: Any
) -> None:
    scope = ScopeFactory(key="invoices")
    ScopeChoiceFactory(browser=browser, scope=scope, wanted=True)
    Browser.objects.update(paused_at=browser.created_at)
    come_back_as(api, browser)

    assert 'data-state="unregistered"' in render(TAG, api, login)
