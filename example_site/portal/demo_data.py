"""The customers, logins and papers that the demo starts with."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group, Permission, User
from django.utils import timezone
from wagtail.models import Locale, Page, Site

from example_site.portal.models import (
    Customer,
    Domain,
    HomePage,
    Invoice,
    Membership,
    Payment,
    Service,
)


PASSWORD = "demo"

# What editors of notifications work with; not the registry of browsers.
EDITED_MODELS = ("notificationscope", "scopegroup", "announcement")

LOGINS = {
    "anna": ("Anna", "Lindqvist", "anna@example.com"),
    "piotr": ("Piotr", "Zieliński", "piotr@example.com"),
    "eva": ("Eva", "Novotná", "eva@example.com"),
    "editor": ("Edith", "Editor", "editor@example.com"),
    "admin": ("Ada", "Admin", "admin@example.com"),
}

CUSTOMERS = (
    ("C-10023", "Baltic Bakery", "Długa 14", "80-831 Gdańsk", "en", ("anna", "piotr")),
    ("C-10057", "Praha Print", "Vodičkova 30", "110 00 Praha", "cs", ("anna", "eva")),
)

# Customer, name, plan, used GB, GB, days until renewal.
SERVICES = (
    ("C-10023", "balticbakery.example", "Business 50", "18.4", 50, 203),
    ("C-10023", "shop.balticbakery.example", "Shop 100", "71.9", 100, 96),
    ("C-10057", "prahaprint.example", "Start 20", "6.2", 20, 41),
)

# Customer, name, days until expiry, renews by itself.
DOMAINS = (
    ("C-10023", "balticbakery.example", 203, True),
    ("C-10023", "baltic-bread.example", 19, False),
    ("C-10023", "rye-and-sea.example", 322, False),
    ("C-10057", "prahaprint.example", 41, True),
    ("C-10057", "tiskarna-praha.example", 12, False),
)

# Customer, number, subject, amount, issued days ago, paid after days.
INVOICES = (
    ("C-10023", "001", "Shop 100, 12 months", "354.00", 269, 6),
    ("C-10023", "002", "Business 50, 12 months", "228.00", 162, 11),
    ("C-10023", "003", "rye-and-sea.example, 1 year", "14.90", 43, 2),
    ("C-10023", "004", "Extra backup, 6 months", "39.00", 20, None),
    ("C-10023", "005", "Wildcard certificate", "1249.00", 5, None),
    ("C-10057", "001", "Start 20, 12 months", "96.00", 324, 9),
    ("C-10057", "002", "prahaprint.example, 1 year", "14.90", 324, 9),
    ("C-10057", "003", "tiskarna-praha.example, 1 year", "14.90", 8, None),
)


def seed_demo() -> None:
    """Create what is missing of the demo's customers, logins, papers and pages."""
    users = {name: _user(name) for name in LOGINS}
    for number, company, street, city, language, logins in CUSTOMERS:
        customer, _new = Customer.objects.get_or_create(
            number=number,
            defaults={
                "company": company,
                "street": street,
                "city": city,
                "language": language,
            },
        )
        for login in logins:
            Membership.objects.get_or_create(user=users[login], customer=customer)
        _services(customer)
        _domains(customer)
        _invoices(customer)
    _editors(users["editor"])
    _front_page()


def _user(name: str) -> User:
    first, last, email = LOGINS[name]
    user, new = get_user_model().objects.get_or_create(
        username=name,
        defaults={
            "first_name": first,
            "last_name": last,
            "email": email,
            "is_staff": name == "admin",
            "is_superuser": name == "admin",
        },
    )
    if new:
        user.set_password(PASSWORD)
        user.save(update_fields=["password"])
    return user


def _services(customer: Customer) -> None:
    today = timezone.localdate()
    for number, name, plan, used, space, days in SERVICES:
        if number == customer.number:
            Service.objects.get_or_create(
                customer=customer,
                name=name,
                defaults={
                    "plan": plan,
                    "used_gb": Decimal(used),
                    "space_gb": space,
                    "renews": today + timedelta(days=days),
                },
            )


def _domains(customer: Customer) -> None:
    today = timezone.localdate()
    for number, name, days, renews in DOMAINS:
        if number == customer.number:
            Domain.objects.get_or_create(
                name=name,
                defaults={
                    "customer": customer,
                    "expires": today + timedelta(days=days),
                    "auto_renew": renews,
                },
            )


def _invoices(customer: Customer) -> None:
    now = timezone.now()
    for number, sequence, subject, amount, ago, paid_after in INVOICES:
        if number != customer.number:
            continue
        issued = now - timedelta(days=ago)
        paid = None if paid_after is None else issued + timedelta(days=paid_after)
        invoice, _new = Invoice.objects.get_or_create(
            number=f"{number.removeprefix('C-')}-{sequence}",
            defaults={
                "customer": customer,
                "subject": subject,
                "amount": Decimal(amount),
                "issued": issued.date(),
                "due": (issued + timedelta(days=14)).date(),
                "paid_at": paid,
            },
        )
        if paid:
            Payment.objects.get_or_create(
                invoice=invoice,
                defaults={"amount": invoice.amount, "received_at": paid},
            )


def _editors(editor: User) -> None:
    group, _new = Group.objects.get_or_create(name="Editors")
    group.permissions.add(
        *Permission.objects.filter(
            content_type__app_label="wagtailadmin", codename="access_admin"
        ),
        *Permission.objects.filter(
            content_type__app_label="wagtail_push",
            content_type__model__in=EDITED_MODELS,
        ),
    )
    editor.groups.add(group)


def _front_page() -> None:
    if HomePage.objects.exists():
        return
    root = Page.get_first_root_node()
    if root is None:
        # Wagtail's migrations make them; tables that were made without have none.
        Locale.objects.get_or_create(language_code=settings.LANGUAGE_CODE)
        root = Page.add_root(instance=Page(title="Root", slug="root"))
    page = root.add_child(
        instance=HomePage(
            title="Web hosting and domains",
            slug="nordhost",
            intro="Web hosting, e-mail and domains for small companies.",
        )
    )
    Site.objects.update_or_create(
        is_default_site=True,
        defaults={
            "hostname": "localhost",
            "port": 8000,
            "root_page": page,
            "site_name": "Nordhost",
        },
    )
