"""The races: what two threads do at the same moment, and how to name what came of it."""

import itertools
import logging
import threading
import time
import traceback
import uuid
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any

from django.db import connection, transaction

from tests.racing.backend import Answering
from wagtail_push import announcements, delivery, registry, tasks
from wagtail_push.exceptions import Refused
from wagtail_push.messages import Answer, Target, TargetKind
from wagtail_push.models import (
    Account,
    Announcement,
    AnnouncementText,
    Batch,
    Browser,
    Delivery,
    Installation,
    Notification,
    NotificationScope,
    Recipient,
    ScopeChoice,
)
from wagtail_push.signals import browser_registered, browser_removed
from wagtail_push.test.factories import (
    AccountFactory,
    AnnouncementFactory,
    BrowserFactory,
    InstallationFactory,
    LoginFactory,
    NotificationFactory,
    RecipientFactory,
    ScopeChoiceFactory,
    ScopeFactory,
)


#: Seconds after which whoever waits for the other gives up.
PATIENCE = 30

#: What a round leaves behind.
LEFT = [
    Delivery,
    Batch,
    Recipient,
    ScopeChoice,
    Browser,
    Installation,
    Account,
    AnnouncementText,
    Announcement,
    Notification,
]

Act = Callable[[], Any]


class Lanes:
    """Two threads, each with a connection of its own, that start at the same moment."""

    def __init__(self) -> None:
        self.errors: list[str] = []
        self._threads = ThreadPoolExecutor(2)

    def __enter__(self) -> "Lanes":
        return self

    def __exit__(self, *exception: object) -> None:
        self.run(lambda: connection.close(), lambda: connection.close())
        self._threads.shutdown()

    def run(self, first: Act, second: Act) -> tuple[str, str]:
        """Do both at once; return what each returned, or why it was refused."""
        start = threading.Barrier(2, timeout=PATIENCE)
        begun = [self._threads.submit(self._run, start, act) for act in (first, second)]
        one, other = (future.result() for future in begun)
        return one, other

    def _run(self, start: threading.Barrier, act: Act) -> str:
        start.wait()
        try:
            return str(act())
        except Refused as error:
            return error.code
        except Exception as error:  # noqa: BLE001  whatever it is, the test tells it
            self.errors.append(traceback.format_exc())
            return type(error).__name__


class Overheard(logging.Handler):
    """Keeps what was logged as an error: workers and on_commit hooks go on after one."""

    def __init__(self, errors: list[str]) -> None:
        super().__init__(logging.ERROR)
        self.errors = errors
        self.setFormatter(logging.Formatter())

    def emit(self, record: logging.LogRecord) -> None:
        self.errors.append(self.format(record))


def run(name: str, rounds: int) -> dict[str, Any]:
    """Run one race; return how often it ended in which state."""
    race = RACES[name]
    # Nobody reads the queue here, and its writes would only keep the racers waiting.
    tasks._enqueue = lambda: None
    states: Counter[str] = Counter()
    begun = time.monotonic()
    with Lanes() as lanes:
        overheard = Overheard(lanes.errors)
        logging.getLogger().addHandler(overheard)
        for number in range(rounds):
            clear()
            states[race(lanes, number)] += 1
        logging.getLogger().removeHandler(overheard)
    return {
        "states": states,
        "errors": lanes.errors,
        "seconds": round(time.monotonic() - begun, 1),
    }


@transaction.atomic
def clear() -> None:
    """Begin a round without what the one before has left."""
    Answering.reset()
    tasks.BATCH_SIZE = 100
    for model in LEFT:
        model.objects.all()._raw_delete(model.objects.db)


@cache
def anna() -> Any:
    """Return the login that all rounds share."""
    return LoginFactory(username="anna")


@cache
def invoices() -> NotificationScope:
    """Return the scope that all rounds share."""
    return ScopeFactory(key="invoices")


def enrol(
    key: str, target: str, device_id: uuid.UUID | None, name: str = "Laptop"
) -> Act:
    """Return what registers a browser."""
    login = anna()

    def act() -> str:
        done = registry.register(
            key=key,
            login=login,
            device_id=device_id,
            target=Target(TargetKind.FID, target),
            name=name,
        )
        return "created" if done.created else "renewed"

    return act


def outcome(*answers: str) -> str:
    """Name what both were told and what is registered now."""
    registered = Browser.objects.registered().exclude(installation__target="")
    return (
        f"{' + '.join(sorted(answers))}: {Installation.objects.count()} installation(s), "
        f"{registered.count()} browser(s)"
    )


def double_click(lanes: Lanes, number: int) -> str:
    """Register a new browser twice, as a double click does."""
    device_id = uuid.uuid4()
    twice = enrol("C-1", "target", device_id)
    return outcome(*lanes.run(twice, twice))


def two_accounts(lanes: Lanes, number: int) -> str:
    """Register a new browser on two accounts of one login, from two tabs."""
    device_id = uuid.uuid4()
    return outcome(
        *lanes.run(enrol("C-1", "target", device_id), enrol("C-2", "target", device_id))
    )


def two_targets(lanes: Lanes, number: int) -> str:
    """Register a new browser whose target was made anew in another tab."""
    device_id = uuid.uuid4()
    return outcome(
        *lanes.run(enrol("C-1", "old", device_id), enrol("C-2", "new", device_id))
    )


def no_cookie(lanes: Lanes, number: int) -> str:
    """Register a new browser twice that cannot be recognised."""
    other = "C-2" if number % 2 else "C-1"
    return outcome(
        *lanes.run(enrol("C-1", "target", None), enrol(other, "target", None))
    )


def switch_off(lanes: Lanes, number: int) -> str:
    """Register a browser while its account is switched off."""
    AccountFactory(key="C-1")
    enrolling = enrol("C-1", "target", uuid.uuid4())
    entered, off, late = (threading.Event() for _ in range(3))
    reads = itertools.count(1)

    def watch(execute: Any, sql: str, *args: Any) -> Any:
        result = execute(sql, *args)
        if sql.startswith("SELECT") and "push_account" in sql and next(reads) == 2:
            # Our account is found, and locked: the switch is right behind.
            entered.set()
        return result

    def register() -> str:
        with connection.execute_wrapper(watch):
            return str(enrolling())

    def switch() -> None:
        if number % 2:
            assert entered.wait(PATIENCE)
        registry.switch_account("C-1", False)
        off.set()

    def listen(**kwargs: Any) -> None:
        # This registration is not committed yet. Is the switch?
        if off.is_set():
            late.set()

    browser_registered.connect(listen)
    told, _ = lanes.run(register, switch)
    browser_registered.disconnect(listen)
    enabled = Account.objects.get(key="C-1").enabled
    there = Browser.objects.count()
    return (
        f"{told}, {there} browser, {'ON' if enabled else 'off'}"
        f"{', REGISTERED WHEN IT WAS OFF' if late.is_set() else ''}"
    )


def renewal(lanes: Lanes, number: int) -> str:
    """Renew a registration while FCM says that its old target is dead."""
    scope = invoices()
    browser = BrowserFactory(account__key="C-1", login=anna())
    ScopeChoiceFactory(browser=browser, scope=scope, wanted=False)
    asked = registry.check(browser)
    place = str(asked.public_id), browser.installation.target
    Answering.answers[place] = Answer.UNREGISTERED
    [batch] = tasks.plan() or []
    register = enrol("C-1", "new", browser.installation.device_id, browser.name)
    ended: list[Browser] = []
    sending, renewed, recorded = (threading.Event() for _ in range(3))

    def listen(browser: Browser, **kwargs: Any) -> None:
        ended.append(browser)

    def check() -> None:
        delivery.deliver(batch)
        recorded.set()

    def renew() -> None:
        if begins:
            assert begins.wait(PATIENCE)
        register()
        renewed.set()

    match number % 4:
        case 0:  # renewed between sending and recording
            Answering.meanwhile += [sending.set, renewed.wait]
            begins = sending
        case 1:  # renewing begins when recording does
            Answering.meanwhile.append(sending.set)
            begins = sending
        case 2:  # recorded, then renewed
            begins = recorded
        case _:  # as it comes
            begins = None
    browser_removed.connect(listen)
    lanes.run(check, renew)
    browser_removed.disconnect(listen)
    now = Browser.objects.select_related("installation").get()
    choice = now.choices.get()
    kept = (now.pk, now.name, choice.scope_id, choice.wanted) == (
        browser.pk,
        browser.name,
        scope.pk,
        False,
    )
    target = now.installation.target or "no"
    return (
        f"{now.status}, {target} target, {'kept' if kept else 'LOST'} name and scopes, "
        f"{'ended before' if ended else 'never ended'}"
    )


def fleet(notifications: int) -> list[str]:
    """Make five browsers and notifications that are due there; return the targets."""
    account = AccountFactory(key="C-1")
    login = anna()
    installations = Installation.objects.bulk_create(InstallationFactory.build_batch(5))
    Browser.objects.bulk_create(
        BrowserFactory.build(installation=installation, account=account, login=login)
        for installation in installations
    )
    for _ in range(notifications):
        due = NotificationFactory(scope=invoices())
        RecipientFactory(account=account, notification=due)
    return [installation.target for installation in installations]


def two_workers(lanes: Lanes, number: int) -> str:
    """Have two workers do what is due: one batch of three pages, or three batches."""
    Answering.reset(page_size=2)
    fleet(notifications=1)
    if number % 2:
        tasks.BATCH_SIZE = 2
        tasks._cluster = lambda: ("one", 2)
        # One account's message would be one batch, that of whoever plans it.
        other = AccountFactory(key="C-2")
        RecipientFactory(account=other, notification=Notification.objects.get())
        # Whoever finds it being planned goes home: here, both have something to claim.
        tasks.plan()
        # The first two pages are sent at the same time, whoever is faster.
        both, sendings = threading.Barrier(2, timeout=PATIENCE), itertools.count(1)
        Answering.meanwhile.append(lambda: next(sendings) > 2 or both.wait())
    lanes.run(tasks.work, tasks.work)
    notification = Notification.objects.get()
    envelopes = Counter(target for target, _ in Answering.sent)
    workers = len({thread for _, thread in Answering.sent})
    rows = notification.deliveries.filter(status=Delivery.Status.ACCEPTED).count()
    return (
        f"{notification.status}: {len(envelopes)} targets, {envelopes.total()} "
        f"envelopes, {rows} rows, {notification.accepted} counted, {workers} at work"
    )


def last_room(lanes: Lanes, number: int) -> str:
    """Have two workers of a cluster claim bulk where only one of them may."""
    for _ in range(2):
        due = NotificationFactory(scope=invoices(), to_everyone=True)
        Batch.objects.create(notification=due, cursor=0, last_id=1)

    def claim() -> str:
        return "batch" if delivery.claim(cluster="one", most_bulk=1) else "none"

    return " + ".join(sorted(lanes.run(claim, claim)))


def dead_twice(lanes: Lanes, number: int) -> str:
    """Have two workers find at once that the same targets are dead.

    Each has a letter for every target: accepted, unregistered or bad. Where the reasons
    differ, either has an order of its own in which it would end them.
    """
    targets = fleet(notifications=2)
    letters = {"A": Answer.ACCEPTED, "U": Answer.UNREGISTERED, "B": Answer.BAD_TARGET}
    told = ["UBUAA", "AUBAA"] if number % 2 else ["UUUUU", "UUUUU"]
    for notification, answers in zip(Notification.objects.all(), told, strict=True):
        for target, letter in zip(targets, answers, strict=True):
            Answering.answers[str(notification.public_id), target] = letters[letter]
    [one], [other] = tasks.plan() or [], tasks.plan() or []
    Answering.meanwhile.append(threading.Barrier(2, timeout=PATIENCE).wait)
    ended: list[Browser] = []

    def listen(browser: Browser, **kwargs: Any) -> None:
        ended.append(browser)

    browser_removed.connect(listen)
    lanes.run(lambda: delivery.deliver(one), lambda: delivery.deliver(other))
    browser_removed.disconnect(listen)
    left = Installation.objects.exclude(target="").count()
    rows = Delivery.objects.filter(status=Delivery.Status.FAILED).count()
    return f"{rows} failed, {left} targets left, {len(ended)} ended"


def removal(lanes: Lanes, number: int) -> str:
    """Remove a browser while another tab does something to it."""
    invoices()
    key = "C-1"
    login = anna()
    browser, twin = BrowserFactory.create_batch(
        2, account=AccountFactory(key=key), login=login
    )
    acts: list[tuple[str, Act]] = [
        ("check", lambda: registry.check(browser)),
        ("test", lambda: registry.send_tests(browser.account, [browser])),
        ("choose", lambda: registry.choose_scope(browser, "invoices", False)),
        ("copy from it", lambda: registry.copy_choices(browser)),
        ("copy to it", lambda: registry.copy_choices(twin)),
        ("switch on", lambda: registry.switch_account(key, True)),
    ]
    name, act = acts[number % len(acts)]
    if name == "switch on":
        Account.objects.update(enabled=False)

    def do() -> str:
        act()
        return "done"

    told, _ = lanes.run(do, lambda: registry.remove(browser))
    left = Browser.objects.filter(pk=browser.pk).count()
    target = Installation.objects.get(pk=browser.installation_id).target
    return f"{name}: {told}, {left} browser, {'a' if target else 'no'} target"


def two_editors(lanes: Lanes, number: int) -> str:
    """Press "Send now" of one announcement in two tabs, or at two editors'."""
    pk = AnnouncementFactory(scope=invoices()).pk

    def press() -> str:
        return str(announcements.send(Announcement.objects.get(pk=pk)).pk)

    answers = set(lanes.run(press, press))
    sent = {str(pk) for pk in Notification.objects.values_list("pk", flat=True)}
    counted = Announcement.objects.get().sendings
    return f"{len(sent)} sent, {counted} counted, same told: {answers == sent}"


RACES: dict[str, Callable[[Lanes, int], str]] = {
    race.__name__: race
    for race in (
        double_click,
        two_accounts,
        two_targets,
        no_cookie,
        switch_off,
        renewal,
        two_workers,
        last_room,
        dead_twice,
        removal,
        two_editors,
    )
}
