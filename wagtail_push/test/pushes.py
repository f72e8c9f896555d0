"""What was pushed during a test, and what a worker does, here and now."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from unittest import mock

from django.conf import settings
from django.test import SimpleTestCase, TestCase, override_settings
from django.utils.module_loading import import_string

from wagtail_push import delivery, tasks
from wagtail_push.backends import get_backend, locmem
from wagtail_push.backends.locmem import FAILURES, Failure, LocMemBackend
from wagtail_push.conf import FCM_BACKEND
from wagtail_push.messages import Answer, DeliveryResult, Envelope
from wagtail_push.models import Browser, Notification


#: What a worker does when it is woken.
WORK = "wagtail_push.tasks.work"

#: What leads to a real project, and must not stand beside the emulator.
REAL = frozenset({"CREDENTIALS", "FIREBASE", "VAPID_KEY"})


@dataclass(frozen=True, kw_only=True)
class Push:
    """One message as one browser was sent it.

    ``title``, ``body`` and ``url`` are as the browser gets them: in its language, with
    the placeholders filled, and ``url`` as the adapter's ``link()`` returned it.
    ``scope`` is the scope's key, or ``""`` for confirmations, tests and checks, which
    ``kind`` tells apart. ``answer`` is what FCM said; a ``dry_run`` shows nothing.

    One browser may serve several accounts and is sent a broadcast once: ``accounts``
    are all of them, ``account`` is the first.
    """

    account: str
    scope: str
    title: str
    body: str
    url: str
    kind: str
    answer: Answer
    dry_run: bool = False
    accounts: tuple[str, ...] = ()
    browser_ids: tuple[int, ...] = ()
    notification: Notification = field(repr=False)
    envelope: Envelope = field(repr=False)

    @property
    def browsers(self) -> list[Browser]:
        """Return the browsers that it was for, as they are now; what is gone is left out.

        Their ``login``, ``account`` and ``name`` say who registered them.
        """
        found = Browser.objects.filter(pk__in=self.browser_ids)
        return list(found.select_related("account", "installation", "login"))

    @property
    def shown(self) -> bool:
        """Tell whether the browser gets to show it: FCM took it, and was meant to."""
        return self.answer is Answer.ACCEPTED and not self.dry_run


#: Every message that was handed over during the test, oldest first.
outbox: list[Push] = []

#: Tasks that wait for a worker, by their dotted paths; None while nothing is kept.
_queue: list[str] | None = None


def is_kept() -> bool:
    """Tell whether pushes are kept at the moment."""
    return _queue is not None


@contextmanager
def keep_pushes(emulator: str = "") -> Iterator[list[Push]]:
    """Keep in ``outbox`` what is sent, and send it nowhere; as decorator as well.

    No task reaches the queue: ``deliver`` does them. ``outbox`` is empty at the start.

    :param emulator: the address of a running emulator: then everything is really sent
        there, by ``FCMBackend``, and kept as well.
    """
    changed = override_settings(WAGTAIL_PUSH=sending_to(emulator))
    with changed, kept():
        yield outbox


def sending_to(emulator: str = "") -> dict[str, Any]:
    """Return the portal's settings, with a backend for tests."""
    own: Mapping[str, Any] = getattr(settings, "WAGTAIL_PUSH", {})
    if not emulator:
        return {**own, "BACKEND": f"{LocMemBackend.__module__}.LocMemBackend"}
    rest = {key: value for key, value in own.items() if key not in REAL}
    return {**rest, "BACKEND": FCM_BACKEND, "EMULATOR": emulator}


@contextmanager
def kept() -> Iterator[None]:
    """Keep what is sent, whatever the backend is."""
    global _queue
    record, before = delivery._record, _queue
    _queue = waiting = []
    _forget()

    def keep(batch: Any, notification: Any, page: Any, sent: Any, *rest: Any) -> None:
        record(batch, notification, page, sent, *rest)
        outbox.extend(_push(notification, *each) for each in sent)

    def put(func: str = WORK) -> None:
        waiting.append(func)

    def is_queued() -> bool:
        return bool(waiting)

    # Only here do a message, its browsers and its answer meet. A signal would cost
    # every sending something that nobody but a test wants to know.
    with (
        mock.patch.object(delivery, "_record", keep),
        mock.patch.object(tasks, "_queue", put),
        mock.patch.object(tasks, "_is_queued", is_queued),
    ):
        try:
            yield
        finally:
            _queue = before
            _forget()


def _forget() -> None:
    outbox.clear()
    locmem.outbox.clear()
    locmem.answers.clear()


def _push(
    notification: Notification,
    rows: list[dict[str, Any]],
    envelope: Envelope,
    result: DeliveryResult,
) -> Push:
    accounts = tuple(row["account__key"] for row in rows)
    content = envelope.content
    return Push(
        account=accounts[0],
        scope=notification.scope.key if notification.scope else "",
        title=content.title,
        body=content.body,
        url=content.url,
        kind=notification.kind,
        answer=result.answer,
        dry_run=envelope.dry_run,
        accounts=accounts,
        browser_ids=tuple(row["pk"] for row in rows),
        notification=notification,
        envelope=envelope,
    )


def deliver() -> list[Push]:
    """Do what workers would do by now; return what was sent by it.

    All that is due is sent, whether or not the transaction of the test is ever
    committed, and the receivers of our signals are called. What is due later, such as a
    retry, waits until the clock has moved on.

    :raises RuntimeError: pushes are not kept.
    """
    waiting = require_kept()
    before = len(outbox)
    waiting.append(WORK)
    while waiting:
        task = waiting.pop(0)
        with TestCase.captureOnCommitCallbacks(execute=True):
            import_string(task)()
    return outbox[before:]


def require_kept() -> list[str]:
    """Return the queue of the test that runs."""
    if _queue is None:
        raise RuntimeError(
            "Pushes are not kept here: use the fixture push_outbox, PushTestMixin or "
            "keep_pushes()."
        )
    return _queue


@contextmanager
def failing(failure: Failure | DeliveryResult, *browsers: Browser) -> Iterator[None]:
    """Let FCM fail, for these browsers or for all.

    :param failure: ``unregistered`` (the browser is dead), ``quota`` (too many
        messages), ``auth`` (our credentials are wrong), ``timeout`` (no answer); or what
        exactly is answered.
    :raises RuntimeError: pushes are not kept, or go to an emulator: use its ``fault``.
    """
    require_kept()
    if not isinstance(get_backend(), LocMemBackend):
        raise RuntimeError(
            "What is sent goes to an emulator: let it fail with push_emulator.fault()."
        )
    result = FAILURES[failure] if isinstance(failure, str) else failure
    targets = [browser.installation.target for browser in browsers] or [locmem.ALL]
    with mock.patch.dict(locmem.answers, dict.fromkeys(targets, result)):
        yield


# Mypy wants to know what a mixin is mixed with.
if TYPE_CHECKING:
    _Base = SimpleTestCase
else:
    _Base = object


class PushTestMixin(_Base):
    """Keeps pushes during each test of a ``TestCase`` of Django.

    Name it first: ``class InvoiceTests(PushTestMixin, TestCase)``. Methods that override
    ``setUp`` call the inherited one.
    """

    def setUp(self) -> None:
        """Begin with an empty outbox."""
        super().setUp()
        self.enterContext(keep_pushes())
