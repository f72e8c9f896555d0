"""Which customer a request acts for, and how wagtail-push asks about it."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from django.db.models import Exists, OuterRef
from django.urls import reverse
from django.utils.translation import gettext

from example_site.portal.models import Customer, Membership, Service
from wagtail_push.accounts import AccountAdapter, LoginAndKey


if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
    from django.db.models import QuerySet
    from django.http import HttpRequest

SESSION_KEY = "customer"

# By name, who belongs to an audience.
AUDIENCES = {
    "hosting": Exists(Service.objects.filter(customer=OuterRef("pk"))),
    "business": Exists(
        Service.objects.filter(customer=OuterRef("pk"), plan__startswith="Business")
    ),
}


def customers_of(user: AbstractBaseUser | AnonymousUser) -> QuerySet[Customer]:
    """Return the customers that a login may act for."""
    if not user.is_authenticated:
        return Customer.objects.none()
    return Customer.objects.filter(
        active=True, memberships__user_id=user.pk, memberships__active=True
    )


def first_accounts(logins: Collection[int]) -> dict[int, str]:
    """Return the number of each login's first customer, for ``push_import``."""
    rights = Membership.objects.filter(
        user_id__in=logins, customer__active=True, active=True
    )
    pairs = rights.order_by("-customer__number").values_list(
        "user_id", "customer__number"
    )
    return dict(pairs)


def choose(request: HttpRequest, customers: Iterable[Customer]) -> Customer | None:
    """Return the customer that the session names, or else the first."""
    customers = list(customers)
    wanted = request.session.get(SESSION_KEY)
    for customer in customers:
        if customer.number == wanted:
            return customer
    return customers[0] if customers else None


def current_customer(request: HttpRequest) -> Customer | None:
    """Return the customer that this request acts for."""
    # Asked of the database each time: a login that lost the right must not
    # go on acting for the customer until its session ends.
    return choose(request, customers_of(request.user))


class CustomerAccounts(AccountAdapter):
    """A customer, known by its number, is the account; logins act for customers."""

    def current(self, request: HttpRequest) -> str | None:
        """Return the number of the customer that this request acts for."""
        customer = current_customer(request)
        return customer.number if customer else None

    def key(self, account: object) -> str:
        """Return the number of a customer, given as customer or number."""
        return account.number if isinstance(account, Customer) else str(account)

    def label(self, key: str) -> str:
        """Return the company's name with its number."""
        customer = Customer.objects.filter(number=key).first()
        return str(customer) if customer else key

    def labels(self, keys: Collection[str]) -> dict[str, str]:
        """Return the names of several, by one query."""
        found = Customer.objects.in_bulk(keys, field_name="number")
        return {key: str(found.get(key, key)) for key in keys}

    def language(self, key: str) -> str:
        """Return the language that the customer reads."""
        found = Customer.objects.filter(number=key).values_list("language", flat=True)
        return found.first() or ""

    def languages(self, keys: Collection[str]) -> dict[str, str]:
        """Return the languages of several, by one query."""
        found = Customer.objects.filter(number__in=keys)
        return dict(found.values_list("number", "language"))

    def allowed(self, pairs: Collection[LoginAndKey]) -> set[LoginAndKey]:
        """Return those (login, customer number) pairs that may act, in one query."""
        rights = Membership.objects.filter(
            user_id__in={login for login, _ in pairs},
            customer__number__in={number for _, number in pairs},
            customer__active=True,
            active=True,
        ).values_list("user_id", "customer__number")
        may_act = {(str(login), number) for login, number in rights}
        return {pair for pair in pairs if (str(pair[0]), pair[1]) in may_act}

    def everyone(self) -> Iterable[str]:
        """Return the numbers of all active customers."""
        return (
            Customer.objects.filter(active=True)
            .values_list("number", flat=True)
            .iterator()
        )

    def audiences(self) -> dict[str, str]:
        """Return what editors call our two audiences."""
        return {
            "hosting": gettext("Customers with a hosting plan"),
            "business": gettext("Business customers"),
        }

    def audience(self, name: str) -> Iterable[str]:
        """Return the numbers of the active customers in one of them."""
        customers = Customer.objects.filter(AUDIENCES[name], active=True)
        return customers.values_list("number", flat=True).iterator()

    def audiences_of(self, key: str) -> set[str]:
        """Return the audiences of one customer, by one query."""
        customers = Customer.objects.filter(number=key, active=True)
        found = customers.values(**AUDIENCES).first() or {}
        return {name for name, holds in found.items() if holds}

    def link(self, url: str, key: str) -> str:
        """Return an address that switches to the customer and goes on to `url`."""
        target = url or reverse("wagtail_push:settings")
        switch = reverse("portal:switch", args=[key])
        return f"{switch}?{urlencode({'next': target})}"
