"""The kinds of notification that Nordhost's customers can switch, and their words."""

from __future__ import annotations

from dataclasses import dataclass

from wagtail_push.models import (
    NotificationScope,
    ScopeGroup,
    ScopeGroupText,
    ScopeText,
)


WEEK = 7 * 24 * 60 * 60

GROUPS = {
    "billing": {"en": "Billing", "pl": "Rozliczenia", "cs": "Fakturace"},
    "services": {"en": "Services", "pl": "Usługi", "cs": "Služby"},
    "account": {"en": "Account", "pl": "Konto", "cs": "Účet"},
    "news": {"en": "News", "pl": "Aktualności", "cs": "Novinky"},
}


@dataclass(frozen=True)
class Words:
    """What customers read of a scope in one language."""

    title: str
    description: str
    reason: str = ""


@dataclass(frozen=True)
class Scope:
    """A scope as the demo starts with it; editors may change it afterwards."""

    key: str
    group: str
    default: str
    words: dict[str, Words]
    max_ttl: int | None = None
    urgency: str = "normal"
    audience: str = ""
    sensitive: bool = True


SCOPES = (
    Scope(
        "invoices",
        "billing",
        "on",
        {
            "en": Words(
                "Invoices",
                "A new invoice has been issued, or one is about to fall due.",
            ),
            "pl": Words(
                "Faktury",
                "Wystawiliśmy nową fakturę lub zbliża się termin jej płatności.",
            ),
            "cs": Words(
                "Faktury",
                "Vystavili jsme novou fakturu nebo se blíží datum její splatnosti.",
            ),
        },
    ),
    Scope(
        "payments",
        "billing",
        "on",
        {
            "en": Words(
                "Payments", "Your payment has arrived, or a payment has failed."
            ),
            "pl": Words(
                "Płatności",
                "Otrzymaliśmy Państwa płatność albo płatność się nie powiodła.",
            ),
            "cs": Words("Platby", "Přijali jsme Vaši platbu, nebo platba neproběhla."),
        },
    ),
    Scope(
        "domains",
        "services",
        "on",
        {
            "en": Words(
                "Domains expiring",
                "A domain expires within 30 days and does not renew by itself.",
            ),
            "pl": Words(
                "Wygasające domeny",
                "Domena wygaśnie w ciągu 30 dni i nie odnowi się automatycznie.",
            ),
            "cs": Words(
                "Končící platnost domén",
                "Platnost domény skončí do 30 dnů a neprodlouží se automaticky.",
            ),
        },
    ),
    Scope(
        "outages",
        "services",
        "always",
        {
            "en": Words(
                "Outages and maintenance",
                "Planned work and failures that affect your services.",
                "An outage can stop your website and e-mail, so every registered "
                "browser is told.",
            ),
            "pl": Words(
                "Awarie i prace serwisowe",
                "Planowane prace i awarie, które dotyczą Państwa usług.",
                "Awaria może zatrzymać Państwa stronę i pocztę, dlatego informujemy "
                "o niej w każdej zarejestrowanej przeglądarce.",
            ),
            "cs": Words(
                "Výpadky a údržba",
                "Plánované práce a poruchy, které se týkají Vašich služeb.",
                "Výpadek může zastavit Váš web i e-maily, proto o něm informujeme "
                "v každém zaregistrovaném prohlížeči.",
            ),
        },
        urgency="high",
    ),
    Scope(
        "security",
        "account",
        "always",
        {
            "en": Words(
                "Security of your account",
                "A sign-in from a new place, a changed password or contact.",
                "Only you can tell whether it was you. These notifications protect "
                "your account.",
            ),
            "pl": Words(
                "Bezpieczeństwo konta",
                "Logowanie z nowego miejsca, zmiana hasła lub danych kontaktowych.",
                "Tylko Państwo wiedzą, czy była to Państwa czynność. Te powiadomienia "
                "chronią Państwa konto.",
            ),
            "cs": Words(
                "Zabezpečení účtu",
                "Přihlášení z nového místa, změna hesla nebo kontaktních údajů.",
                "Jen Vy víte, zda jste to byli Vy. Tato oznámení chrání Váš účet.",
            ),
        },
        urgency="high",
    ),
    Scope(
        "news",
        "news",
        "off",
        {
            "en": Words(
                "News and offers",
                "New services, changes of prices and offers, about twice a month.",
            ),
            "pl": Words(
                "Nowości i oferty",
                "Nowe usługi, zmiany cen i oferty, około dwóch razy w miesiącu.",
            ),
            "cs": Words(
                "Novinky a nabídky",
                "Nové služby, změny cen a nabídky, přibližně dvakrát za měsíc.",
            ),
        },
        max_ttl=WEEK,
        urgency="low",
    ),
    Scope(
        "business",
        "news",
        "off",
        {
            "en": Words(
                "For business customers",
                "Webinars and advice that come with a Business plan, about once a "
                "month.",
            ),
            "pl": Words(
                "Dla klientów biznesowych",
                "Webinaria i porady w ramach planu Business, około raz w miesiącu.",
            ),
            "cs": Words(
                "Pro firemní zákazníky",
                "Webináře a rady, které patří k tarifu Business, přibližně jednou za "
                "měsíc.",
            ),
        },
        max_ttl=WEEK,
        urgency="low",
        audience="business",
        sensitive=False,
    ),
)


def seed_scopes() -> None:
    """Create the scopes that are missing; what editors changed stays."""
    groups = {}
    for order, (key, titles) in enumerate(GROUPS.items()):
        groups[key], _new = ScopeGroup.objects.get_or_create(
            key=key, defaults={"sort_order": order}
        )
        for language, title in titles.items():
            ScopeGroupText.objects.get_or_create(
                group=groups[key], language=language, defaults={"title": title}
            )
    for order, seed in enumerate(SCOPES):
        scope, _new = NotificationScope.objects.get_or_create(
            key=seed.key,
            defaults={
                "group": groups[seed.group],
                "sort_order": order,
                "default": seed.default,
                "max_ttl": seed.max_ttl,
                "urgency": seed.urgency,
                "audience": seed.audience,
                "sensitive": seed.sensitive,
            },
        )
        for language, words in seed.words.items():
            ScopeText.objects.get_or_create(
                scope=scope,
                language=language,
                defaults={
                    "title": words.title,
                    "description": words.description,
                    "reason": words.reason,
                },
            )
