"""Customers, logins and papers of the example site, for tests."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import factory
from django.contrib.auth.models import User
from django.utils import timezone

from example_site.portal.models import Customer, Domain, Invoice, Membership, Service


class UserFactory(factory.django.DjangoModelFactory[User]):
    """A login; its password is "demo"."""

    class Meta:
        model = User
        skip_postgeneration_save = True

    username = factory.Sequence(lambda n: f"login{n}")
    password = factory.django.Password("demo")


class CustomerFactory(factory.django.DjangoModelFactory[Customer]):
    """A customer; `logins=[user, …]` lets these act for it."""

    class Meta:
        model = Customer
        skip_postgeneration_save = True

    number = factory.Sequence(lambda n: f"C-{20000 + n}")
    company = factory.Sequence(lambda n: f"Company {n:05d}")

    @factory.post_generation
    def logins(
        self: Customer, create: bool, extracted: list[User] | None, **kwargs: Any
    ) -> None:
        """Let the given logins act for the customer."""
        for user in extracted or []:
            MembershipFactory(user=user, customer=self)


class MembershipFactory(factory.django.DjangoModelFactory[Membership]):
    """A login's right to act for a customer."""

    class Meta:
        model = Membership

    user = factory.SubFactory(UserFactory)
    customer = factory.SubFactory(CustomerFactory)


class InvoiceFactory(factory.django.DjangoModelFactory[Invoice]):
    """An unpaid invoice, due in two weeks."""

    class Meta:
        model = Invoice

    customer = factory.SubFactory(CustomerFactory)
    number = factory.Sequence(lambda n: f"20000-{n:03d}")
    subject = "Business 50, 12 months"
    amount = Decimal("228.00")
    due = factory.LazyFunction(lambda: timezone.localdate() + timedelta(days=14))


class DomainFactory(factory.django.DjangoModelFactory[Domain]):
    """A domain that expires in ten days and does not renew by itself."""

    class Meta:
        model = Domain

    customer = factory.SubFactory(CustomerFactory)
    name = factory.Sequence(lambda n: f"shop{n}.example")
    expires = factory.LazyFunction(lambda: timezone.localdate() + timedelta(days=10))
    auto_renew = False


class ServiceFactory(factory.django.DjangoModelFactory[Service]):
    """A small hosting plan."""

    class Meta:
        model = Service

    customer = factory.SubFactory(CustomerFactory)
    name = factory.Sequence(lambda n: f"site{n}.example")
    plan = "Start 20"
    used_gb = Decimal("1.5")
    space_gb = 20
    renews = factory.LazyFunction(lambda: timezone.localdate() + timedelta(days=90))
