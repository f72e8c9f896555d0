"""The example's adapter, as wagtail-push asks it."""

from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils.translation import override
from pytest_django import DjangoAssertNumQueries

from example_site.portal.accounts import CustomerAccounts
from example_site.portal.models import Membership
from tests.example.factories import (
    CustomerFactory,
    MembershipFactory,
    ServiceFactory,
    UserFactory,
)
from wagtail_push.accounts import get_adapter


pytestmark = pytest.mark.django_db


def test_the_settings_name_the_adapter() -> None:
    assert type(get_adapter()) is CustomerAccounts


def test_a_customer_is_known_by_its_number() -> None:
    customer = CustomerFactory(number="C-1", company="Baltic Bakery", language="pl")
    adapter = CustomerAccounts()
    assert adapter.key(customer) == "C-1"
    assert adapter.key("C-1") == "C-1"
    assert adapter.label("C-1") == "Baltic Bakery (C-1)"
    assert adapter.language("C-1") == "pl"
    assert adapter.label("C-2") == "C-2"
    assert adapter.language("C-2") == ""


def test_everyone_is_every_active_customer() -> None:
    CustomerFactory(number="C-1")
    CustomerFactory(number="C-2")
    CustomerFactory(number="C-3", active=False)
    assert sorted(CustomerAccounts().everyone()) == ["C-1", "C-2"]


def test_a_thousand_pairs_are_one_query(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    customers = [CustomerFactory() for _ in range(20)]
    users = [User(username=f"mass{n}") for n in range(1000)]
    User.objects.bulk_create(users)
    pairs = {
        (user.pk, customers[n % len(customers)].number) for n, user in enumerate(users)
    }
    rights = [
        Membership(user=user, customer=customers[n % len(customers)])
        for n, user in enumerate(users)
        if n % 2
    ]
    Membership.objects.bulk_create(rights)
    with django_assert_num_queries(1):
        allowed = CustomerAccounts().allowed(pairs)
    assert allowed == {(right.user_id, right.customer.number) for right in rights}


def test_the_audiences_are_told_by_the_plans(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    adapter = CustomerAccounts()
    plans = {
        "C-1": ["Start 20", "Business 50", "Business 100"],
        "C-2": ["Shop 100"],
        "C-3": [],
        "C-4": ["Business 50"],
    }
    for number, names in plans.items():
        customer = CustomerFactory(number=number, active=number != "C-4")
        for name in names:
            ServiceFactory(customer=customer, plan=name)

    assert adapter.audiences() == {
        "hosting": "Customers with a hosting plan",
        "business": "Business customers",
    }
    with override("pl"):
        assert adapter.audiences()["business"] == "Klienci biznesowi"
    with django_assert_num_queries(2):
        found = {name: sorted(adapter.audience(name)) for name in adapter.audiences()}
    assert found == {"hosting": ["C-1", "C-2"], "business": ["C-1"]}
    with django_assert_num_queries(5):
        of = {key: adapter.audiences_of(key) for key in [*plans, "C-5"]}
    assert of == {
        "C-1": {"hosting", "business"},
        "C-2": {"hosting"},
        "C-3": set(),
        "C-4": set(),
        "C-5": set(),
    }


def test_who_may_not_act_is_left_out() -> None:
    anna, eva = UserFactory(), UserFactory()
    bakery = CustomerFactory(number="C-1", logins=[anna])
    CustomerFactory(number="C-2", logins=[eva])
    CustomerFactory(number="C-3", logins=[anna], active=False)
    MembershipFactory(user=eva, customer=bakery, active=False)
    asked = [
        (anna.pk, "C-1"),
        # Each may act somewhere, but not here: rights don't mix across pairs.
        (anna.pk, "C-2"),
        (eva.pk, "C-1"),
        (anna.pk, "C-3"),
        (eva.pk, "C-2"),
        # A login's primary key may arrive as text; it comes back as it was asked.
        (str(eva.pk), "C-2"),
    ]
    assert CustomerAccounts().allowed(asked) == {
        (anna.pk, "C-1"),
        (eva.pk, "C-2"),
        (str(eva.pk), "C-2"),
    }


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("/invoices/20000-001/?a=1&b=2", "/invoices/20000-001/?a=1&b=2"),
        ("", "/push/"),
    ],
)
def test_a_link_opens_its_url_in_the_right_account(
    client: Client, url: str, target: str
) -> None:
    user = UserFactory()
    CustomerFactory(company="Baltic Bakery", logins=[user])
    other = CustomerFactory(company="Praha Print", logins=[user])
    client.force_login(user)
    response = client.get(CustomerAccounts().link(url, other.number))
    assert response.headers["Location"] == target
    assert client.get("/overview/").context["panel"].customer == other


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/",
        "//evil.example/",
        "javascript:alert(1)",
        "/\\evil.example",
    ],
)
def test_a_link_to_a_foreign_place_ends_on_the_overview(
    client: Client, url: str
) -> None:
    user = UserFactory()
    customer = CustomerFactory(logins=[user])
    client.force_login(user)
    response = client.get(CustomerAccounts().link(url, customer.number))
    assert response.headers["Location"] == "/overview/"


def test_a_link_survives_the_sign_in(client: Client) -> None:
    user = UserFactory()
    CustomerFactory(company="Baltic Bakery", logins=[user])
    other = CustomerFactory(company="Praha Print", logins=[user])
    link = CustomerAccounts().link("/domains/?sort=name", other.number)
    sign_in = urlsplit(client.get(link).headers["Location"])
    assert sign_in.path == "/sign-in/"
    response = client.post(
        sign_in.path,
        {
            "username": user.username,
            "password": "demo",
            "next": parse_qs(sign_in.query)["next"][0],
        },
        follow=True,
    )
    assert response.redirect_chain == [(link, 302), ("/domains/?sort=name", 302)]
    assert response.context["panel"].customer == other
