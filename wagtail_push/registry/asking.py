"""Interactive sendings: a confirmation, tests, and checks of registrations."""

from collections.abc import Collection, Sequence
from datetime import timedelta

from django.db import transaction
from django.db.models import Max, Min
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_noop

from wagtail_push.accounts import get_adapter
from wagtail_push.exceptions import (
    AccountForbidden,
    AccountOff,
    BrowserPaused,
    BrowserRemoved,
    LoginRevoked,
    NothingSelected,
    Refused,
    TooOften,
)
from wagtail_push.models import (
    Account,
    Browser,
    Notification,
    PushSiteSettings,
    Recipient,
)
from wagtail_push.notify import write
from wagtail_push.registry.finding import revoked
from wagtail_push.translated import in_every_language


#: Seconds for which these are worth sending.
CONFIRMATION_TTL = 300
TEST_TTL = 3600
CHECK_TTL = 600
REGISTRY_TTL = 86_400

#: Seconds between two tests, two checks, or two equal confirmations, of one browser.
COOLDOWN = 10

#: Tests to the browsers of one account within an hour.
MOST_TESTS = 20
HOUR = 3600


def confirm(browser: Browser, again: bool = False) -> Notification:
    """Send this browser the push that confirms its registration.

    ``again``: nothing has changed since it registered before. Of two tabs that do it at
    once, both get the same confirmation.
    """
    portal = PushSiteSettings.for_messages().portal_name
    body = (
        gettext_noop("“%(name)s” now receives notifications from %(portal)s.")
        if portal
        else gettext_noop("“%(name)s” now receives notifications.")
    )
    words = in_every_language(body, name=browser.name, portal=portal)
    if again and (just := _just_confirmed(browser)) and just.body == words:
        return just
    return write(
        interactive(
            Notification.Kind.CONFIRMATION,
            CONFIRMATION_TTL,
            title=in_every_language(gettext_noop("Notifications are on")),
            body=words,
            tag="wagtail-push-confirmation",
        ),
        browsers={browser: {}},
    )


def _just_confirmed(browser: Browser) -> Notification | None:
    return (
        Notification.objects.filter(
            kind=Notification.Kind.CONFIRMATION,
            recipients__browser=browser,
            created_at__gt=timezone.now() - timedelta(seconds=COOLDOWN),
            failed=0,
        )
        .order_by("pk")
        .last()
    )


def send_tests(
    account: Account, browsers: Collection[Browser]
) -> tuple[Notification, dict[Browser, Refused]]:
    """Send a test to each of these browsers of an account that can get one.

    It names the browser that it goes to, whatever scopes are switched on there.

    :returns: the notification, and why some get none.
    :raises Refused: when no browser can get one; nothing was written.
    """
    if not browsers:
        raise NothingSelected
    with transaction.atomic():
        # Two requests at once must not both find that there is room for one more.
        account = Account.objects.select_for_update(no_key=True).get(pk=account.pk)
        refused = _refusals(account, browsers)
        sent = {browser for browser in browsers if browser not in refused}
        if not sent:
            raise next(iter(refused.values()))
        _check_quota(account, len(sent))
        label = str(get_adapter().label(account.key))
        notification = write(
            interactive(
                Notification.Kind.TEST,
                TEST_TTL,
                title=in_every_language(gettext_noop("Test notification")),
                body=in_every_language(
                    gettext_noop(
                        "For “{name}” ({browser}, {system}). Account: {account}"
                    )
                ),
                url=reverse("wagtail_push:settings"),
            ),
            browsers={
                browser: {
                    "name": browser.name,
                    "browser": browser.installation.software or "–",
                    "system": browser.installation.system or "–",
                    "account": label,
                }
                for browser in sent
            },
        )
    return notification, refused


def _refusals(
    account: Account, browsers: Collection[Browser]
) -> dict[Browser, Refused]:
    if account.forbidden:
        raise AccountForbidden
    if not account.enabled:
        raise AccountOff
    without_right = revoked(browsers)
    soon = _too_soon(browsers, Notification.Kind.TEST)
    refused: dict[Browser, Refused] = {}
    for browser in browsers:
        if browser.removed_at:
            refused[browser] = BrowserRemoved()
        elif browser.is_paused:
            refused[browser] = BrowserPaused()
        elif browser.pk in without_right:
            refused[browser] = LoginRevoked()
        elif wait := soon.get(browser.pk):
            refused[browser] = TooOften(wait)
    return refused


def _too_soon(browsers: Collection[Browser], kind: Notification.Kind) -> dict[int, int]:
    """Return the seconds that each of those still has to wait that has to."""
    now = timezone.now()
    latest = (
        Recipient.objects.filter(
            browser__in=browsers,
            notification__kind=kind,
            notification__created_at__gt=now - timedelta(seconds=COOLDOWN),
        )
        .values_list("browser")
        .annotate(at=Max("notification__created_at"))
    )
    return {pk: COOLDOWN - int((now - at).total_seconds()) for pk, at in latest}


def _check_quota(account: Account, number: int) -> None:
    now = timezone.now()
    lately = Recipient.objects.filter(
        account=account,
        notification__kind=Notification.Kind.TEST,
        notification__created_at__gt=now - timedelta(seconds=HOUR),
    )
    if lately.count() + number > MOST_TESTS:
        first = lately.aggregate(at=Min("notification__created_at"))["at"] or now
        raise TooOften(HOUR - int((now - first).total_seconds()))


def check(browser: Browser) -> Notification:
    """Ask FCM by a dry run whether it still takes this browser's target.

    :raises Refused: when there is nothing to ask, or it was asked a moment ago.
    """
    if browser.removed_at:
        raise BrowserRemoved
    if wait := _too_soon([browser], Notification.Kind.CHECK).get(browser.pk):
        raise TooOften(wait)
    return check_all([browser])


def check_all(browsers: Sequence[Browser]) -> Notification:
    """Ask FCM about all of these, a page at a time, between whatever else is due."""
    return write(
        interactive(
            Notification.Kind.CHECK, CHECK_TTL, title={"": "check"}, body={"": "check"}
        ),
        browsers={browser: {} for browser in browsers},
    )


def check_registry() -> Notification:
    """Ask FCM about every registered browser, at the pace of what is sent in bulk.

    One that is under way is returned instead of beginning another.
    """
    kind = Notification.Kind.CHECK
    under_way = Notification.objects.filter(
        kind=kind,
        to_everyone=True,
        status__in=[Notification.Status.PENDING, Notification.Status.SENDING],
        expires_at__gt=timezone.now(),
    )
    return under_way.order_by("pk").last() or write(
        interactive(
            kind,
            REGISTRY_TTL,
            title={"": "check"},
            body={"": "check"},
            to_everyone=True,
        )
    )


def interactive(kind: Notification.Kind, ttl: int, **fields: object) -> Notification:
    """Return one that goes before bulk, not written yet; ``ttl`` is in seconds."""
    now = timezone.now()
    return Notification(
        kind=kind,
        urgency="high",
        send_at=now,
        expires_at=now + timedelta(seconds=ttl),
        **fields,
    )
