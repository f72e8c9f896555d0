"""Assertions on what was pushed, whose failures can be read."""

from difflib import ndiff
from typing import Any

from wagtail_push.accounts import get_adapter
from wagtail_push.models import Browser, Notification, NotificationScope
from wagtail_push.test.pushes import Push, deliver, outbox, require_kept


#: How many notifications and pushes a failure tells of, at most.
SOME = 10


def assert_pushed(
    account: Any = None,
    *,
    scope: str | None = None,
    title: str | None = None,
    body: str | None = None,
    url: str | None = None,
    browser: Browser | None = None,
    count: int | None = None,
) -> list[Push]:
    """Check that this was pushed, and accepted by FCM; return what fits.

    What is due is delivered first. Whatever is not given does not matter.

    :param account: an account of the host, or its key.
    :param scope: the key of a scope; ``""`` for confirmations and tests.
    :param title: the title as the browser shows it.
    :param body: likewise.
    :param url: the link, as ``notify()`` was given it or as the adapter leads it.
    :param browser: the browser that was sent to.
    :param count: how many pushes exactly, one for each browser; at least one by default.
    """
    __tracebackhide__ = True
    wanted = _Wanted(account, browser, scope=scope, title=title, body=body, url=url)
    deliver()
    found = wanted.among(outbox)
    if count is None and found:
        return found
    if count == len(found):
        return found
    number = "at least one" if count is None else str(count)
    raise AssertionError(
        "\n".join([f"Expected {number}, but {len(found)} fit:", *wanted.failure(found)])
    )


def assert_not_pushed(
    account: Any = None,
    *,
    scope: str | None = None,
    title: str | None = None,
    body: str | None = None,
    url: str | None = None,
    browser: Browser | None = None,
) -> None:
    """Check that nothing like this was pushed; without arguments, nothing at all.

    What is due is delivered first. The parameters are those of ``assert_pushed``.
    """
    __tracebackhide__ = True
    wanted = _Wanted(account, browser, scope=scope, title=title, body=body, url=url)
    deliver()
    if found := wanted.among(outbox):
        raise AssertionError(
            "\n".join([f"Expected none, but {len(found)} fit:", *wanted.failure(found)])
        )


class _Wanted:
    """What is looked for, told in lines that can be compared."""

    def __init__(
        self, account: Any, browser: Browser | None, **fields: str | None
    ) -> None:
        require_kept()
        scope = fields.get("scope")
        known = NotificationScope.objects.values_list("key", flat=True)
        if scope is not None and scope not in known:
            # With a wrong key, "nothing was pushed" would hold for ever.
            raise AssertionError(
                f"There is no notification scope {scope!r}. Known scopes: "
                f"{', '.join(known) or 'none'}."
            )
        self.fields = {
            name: value for name, value in fields.items() if value is not None
        }
        if browser is not None:
            self.fields = {"browser": browser.name, **self.fields}
        if account is not None:
            self.fields = {"account": get_adapter().key(account), **self.fields}
        self.browser = browser

    def among(self, pushes: list[Push]) -> list[Push]:
        """Return those that fit."""
        return [
            push
            for push in pushes
            if push.shown and all(self.fits(push, name) for name in self.fields)
        ]

    def fits(self, push: Push, name: str) -> bool:
        value = self.fields[name]
        match name:
            case "account":
                return value in push.accounts
            case "browser":
                return self.browser is not None and self.browser.pk in push.browser_ids
            case "url":
                led = {get_adapter().link(value, key) for key in push.accounts}
                return push.url in {value, *led}
        return bool(getattr(push, name) == value)

    def failure(self, found: list[Push]) -> list[str]:
        """Return the lines of a failure: what was looked for, and what there is."""
        wanted = [f"{name}: {value}" for name, value in self.fields.items()]
        lines = [f"  {line}" for line in wanted or ["any push"]]
        others = [push for push in outbox if push.shown and push not in found]
        if found:
            lines += ["Those that fit:", *map(_line, found[:SOME])]
        elif others:
            nearest = max(others, key=self.nearness)
            lines.append("The nearest, where it differs (- expected, + pushed):")
            lines += [
                f"  {line.rstrip()}" for line in ndiff(wanted, self.told(nearest))
            ]
        if others:
            title = "Others that were pushed:" if found else "What was pushed:"
            lines += [title, *map(_line, others[:SOME])]
        elif not found:
            lines.append("Nothing was pushed.")
        if failed := [push for push in outbox if not push.shown and not push.dry_run]:
            lines += ["What FCM did not accept:", *map(_line, failed[:SOME])]
        return lines + _notifications()

    def nearness(self, push: Push) -> int:
        return sum(self.fits(push, name) for name in self.fields)

    def told(self, push: Push) -> list[str]:
        """Return what is compared of a push; what fits is told in the same words."""
        return [
            f"{name}: {value if self.fits(push, name) else _value(push, name)}"
            for name, value in self.fields.items()
        ]


def _value(push: Push, name: str) -> str:
    match name:
        case "account":
            return ", ".join(push.accounts)
        case "browser":
            return ", ".join(browser.name for browser in push.browsers)
    return str(getattr(push, name))


def _line(push: Push) -> str:
    said = "" if push.shown else f": {push.answer}"
    where = _value(push, "browser") or "a browser that is gone"
    what = push.scope or push.kind
    return f"  {', '.join(push.accounts)}, {where}: {what}, {push.title!r}{said}"


def _notifications() -> list[str]:
    """Return what became of the latest notifications, and whom they left out."""
    lines = []
    for row in Notification.objects.select_related("scope").order_by("-pk")[:SOME]:
        what = row.scope.key if row.scope else row.kind
        said = [f"{row.status}, {row.accepted} accepted"]
        if row.status == row.Status.PENDING:
            said.append(f"to be sent at {row.send_at:%Y-%m-%d %H:%M:%S} UTC")
        said += [f"{number} left out: {why}" for why, number in row.left_out.items()]
        said += [f"{number} failed: {why}" for why, number in row.failures.items()]
        retries = row.deliveries.filter(status="retry").count()
        if retries:
            said.append(f"{retries} to be tried again")
        if row.trouble:
            said.append(row.trouble)
        lines.append(f"  {what}, {str(row)!r}: {'; '.join(said)}")
    return (
        ["Notifications, the latest first:", *lines]
        if lines
        else ["notify() was not called."]
    )
