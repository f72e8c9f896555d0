"""The one public verb."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar

from django.conf import settings as django_settings
from django.db import IntegrityError, transaction
from django.utils import timezone, translation
from django.utils.encoding import force_str
from django.utils.functional import Promise
from django.utils.translation import gettext

from wagtail_push import contents, delivery, tasks
from wagtail_push.accounts import as_key, get_adapter
from wagtail_push.conf import MAX_TTL, settings
from wagtail_push.exceptions import InvalidNotification
from wagtail_push.messages import EVERYONE, Audience, Personal, Urgency
from wagtail_push.models import (
    Account,
    Browser,
    Notification,
    NotificationScope,
    PushSiteSettings,
    Recipient,
)
from wagtail_push.models.appending import append


#: What is public; the rest is for the other rooms.
__all__ = ["cancel", "notify", "resume"]

Key = TypeVar("Key")

#: A text: as it is, a lazy translation (rendered per language), or one per language.
Text = str | Promise | Mapping[str, str]

#: Bytes of a notification's content. FCM allows 4096 for a message's keys and values
#: (https://firebase.google.com/docs/reference/fcm/rest/v1/ErrorCode) and wraps them for
#: the browser, which takes its part.
MAX_CONTENT = 3600

#: Characters of a key, a tag, or the key of an account.
LONGEST = 255

#: What PostgreSQL does not store, and what is not UTF-8.
NO_TEXT = re.compile("[\0\ud800-\udfff]")


def notify(
    scope: str,
    to: Any,
    *,
    title: Text,
    body: Text,
    url: str | Promise | None = "",
    ttl: int | None = None,
    expires_at: datetime | None = None,
    send_at: datetime | None = None,
    key: str | None = None,
    tag: str = "",
    image: str = "",
    urgency: Urgency | str | None = None,
    params: Mapping[str, object] | None = None,
) -> Notification:
    """Send one message to an account, several, or everyone; return its notification.

    It returns at once: sending happens in django-q2 tasks after the transaction commits.

    :param scope: the key of a notification scope.
    :param to: an account of the host (or its key), an iterable of them, ``EVERYONE``, an
        ``Audience`` that the adapter names, or ``Personal(account, **params)`` rows.
    :param title: text, a lazy translation, or ``{language: text}``.
    :param body: likewise.
    :param url: what a click opens: a path on the portal, or its absolute address. A
        click never leaves the portal: another origin opens the settings page.
    :param ttl: validity in seconds, 1 to 2 419 200 (four weeks, the default).
    :param expires_at: when the content goes out of date; the earlier of both counts.
    :param send_at: not before this moment; validity starts there.
    :param key: unique in the scope; a second call returns the first notification.
    :param tag: a later notification with the same tag replaces this one on screen.
    :param image: the address of a picture, which browsers of Chromium's family show.
    :param urgency: overrides the scope's (RFC 8030, section 5.3).
    :param params: fill the placeholders ``{name}`` of title, body and url.
    :raises InvalidNotification: when it can't be sent; nothing was written.
    """
    found = NotificationScope.objects.filter(key=scope).first()
    if found is None:
        known = ", ".join(NotificationScope.objects.values_list("key", flat=True))
        raise InvalidNotification(
            f"There is no notification scope {scope!r}. Known scopes: {known or 'none'}."
            " Add it in Wagtail's admin under Push notifications."
        )
    if found.retired:
        words = gettext(
            "The notification scope “%(scope)s” is retired: nothing can be sent in it."
        )
        raise InvalidNotification(words % {"scope": scope})
    told: dict[str, Any] = {"tag": tag, "image": image}
    if key is not None:
        told["key"] = key
    for name, text in told.items():
        if not isinstance(text, str):
            raise InvalidNotification(f"The {name} is {text!r}, which is no text.")
        if len(text) > LONGEST and name != "image":
            raise InvalidNotification(
                f"The {name} is {len(text)} characters long; at most {LONGEST} are kept."
            )
        _check_letters(name, [text])
    if key is not None and (first := _first(found, key)):
        return first
    now = timezone.now()
    for name, moment in (("send_at", send_at), ("expires_at", expires_at)):
        _check_moment(name, moment)
    starts = max(now, send_at) if send_at else now
    notification = Notification(
        scope=found,
        key=key,
        to_everyone=to is EVERYONE or isinstance(to, Audience),
        audience=_audience(to, found),
        title=texts("title", title),
        body=texts("body", body),
        url=_url(url),
        tag=tag,
        image=image,
        params={name: str(value) for name, value in (params or {}).items()},
        urgency=_urgency(urgency or found.urgency),
        send_at=starts,
        expires_at=_expiry(found, starts, ttl, expires_at),
    )
    rows = [] if notification.to_everyone else _recipients(to)
    _check_texts(notification, rows)
    check_size(notification, rows)
    try:
        return write(notification, rows)
    except IntegrityError:
        if key is not None and (first := _first(found, key)):
            return first
        raise


@transaction.atomic
def write(
    notification: Notification,
    rows: Iterable[Personal] = (),
    browsers: Mapping[Browser, Mapping[str, str]] | None = None,
) -> Notification:
    """Write a notification and its recipients, and wake a worker on commit.

    :param rows: the accounts that it goes to.
    :param browsers: or single browsers, each with words of its own (or none).
    """
    notification.save()
    personal = {get_adapter().key(row.account): row.params for row in rows}
    known = _accounts(list(personal))
    # Sorted: two calls for the same accounts must not wait for each other.
    if new := sorted(personal.keys() - known.keys()):
        Account.objects.bulk_create(
            (Account(key=key) for key in new), batch_size=1000, ignore_conflicts=True
        )
        known |= _accounts(new)
    append(
        Recipient,
        ("notification_id", "account_id", "params"),
        [(notification.pk, known[key], params) for key, params in personal.items()],
    )
    words = {browser.pk: params for browser, params in (browsers or {}).items()}
    for some in _portions(sorted(words)):
        # One that is removed at this moment gets nothing; no row may point to it.
        there = Browser.objects.locked().filter(pk__in=some)
        append(
            Recipient,
            ("notification_id", "account_id", "browser_id", "params"),
            [
                (notification.pk, account, pk, words[pk])
                for pk, account in there.values_list("pk", "account_id")
            ],
        )
    tasks.wake_up()
    return notification


def _accounts(keys: Sequence[str]) -> dict[str, int]:
    """Return the primary keys of those accounts that there are, by their keys."""
    return {
        key: pk
        for some in _portions(keys)
        for key, pk in Account.objects.filter(key__in=some).values_list("key", "pk")
    }


def _portions(keys: Sequence[Key]) -> Iterator[Sequence[Key]]:
    for start in range(0, len(keys), 1000):
        yield keys[start : start + 1000]


@transaction.atomic
def cancel(notification: Notification) -> Notification:
    """Stop what has not left; return the notification as it is now.

    Pages that are on their way at this moment still go, and what Google has taken over
    can't be called back. What is stopped is soon counted as ``dropped``. One that is done
    stays as it is.
    """
    stoppable = (Notification.Status.PENDING, Notification.Status.SENDING)
    Notification.objects.filter(pk=notification.pk, status__in=stoppable).update(
        status=Notification.Status.CANCELLED, finished_at=timezone.now()
    )
    tasks.wake_up()
    notification.refresh_from_db()
    return notification


@transaction.atomic
def resume(notification: Notification) -> Notification:
    """Go on with what was cancelled, where it stopped; nobody gets it twice.

    :raises InvalidNotification: when its validity is over, or its rows were removed
        because of their age; nothing was changed.
    """
    if notification.pruned_at is not None:
        raise InvalidNotification(
            gettext(
                "It was cancelled long ago, and nobody knows any more whom it was for. "
                "Send another one."
            )
        )
    if notification.expires_at <= timezone.now():
        raise InvalidNotification(
            gettext(
                "Its validity is over: nobody would get it any more. Send another one."
            )
        )
    delivery.resume(notification)
    tasks.wake_up()
    notification.refresh_from_db()
    return notification


def texts(field: str, value: Text) -> dict[str, str]:
    """Return one text per language; a plain one stands under the empty language."""
    if isinstance(value, Mapping):
        result = {str(code): force_str(text) for code, text in value.items()}
    elif isinstance(value, Promise):
        result = {}
        for code, _name in django_settings.LANGUAGES:
            with translation.override(code):
                result[code] = force_str(value)
    else:
        result = {"": value if isinstance(value, str) else ""}
    if not result or not all(text.strip() for text in result.values()):
        raise InvalidNotification(
            f"The {field} is empty: give a text, or one text per language as "
            '{"en": "…"}.'
        )
    return result


def _check_texts(notification: Notification, rows: Iterable[Personal]) -> None:
    for name in ("title", "body", "params"):
        _check_letters(name, getattr(notification, name).values())
    _check_letters("url", [notification.url])
    for row in rows:
        _check_letters("params", row.params.values())


def _check_letters(name: str, values: Iterable[str]) -> None:
    if found := next(filter(None, map(NO_TEXT.search, values)), None):
        raise InvalidNotification(
            f"In {name} stands {found[0]!r}, which is no character of a text that can be "
            "stored and sent: remove it."
        )


def check_size(notification: Notification, rows: Sequence[Personal] = ()) -> None:
    """Refuse a content that is too long for FCM, in any language or for any account."""
    languages = contents.languages(notification) or [""]
    site = PushSiteSettings.for_messages()
    keys = [get_adapter().key(row.account) for row in rows]
    # Links grow with the account that they open.
    longest = max(keys, key=len, default="")
    sizes = [
        _check_one(notification, language, notification.params, longest, site)
        for language in languages
    ]
    uses = max(_uses(notification, language) for language in languages)
    room = MAX_CONTENT - max(sizes)
    for key, row in zip(keys, rows, strict=True):
        # Most fit in any case: they need not be written to be measured.
        if uses * sum(len(value.encode()) for value in row.params.values()) > room:
            params = {**notification.params, **row.params}
            for language in languages:
                _check_one(notification, language, params, key, site, key)


def _check_one(
    notification: Notification,
    language: str,
    params: Mapping[str, str],
    account: str,
    site: PushSiteSettings,
    whom: str = "",
) -> int:
    content = contents.compose(notification, language, params, site=site)
    if account:
        content = contents.lead(content, account)
    size = content.size()
    if size > MAX_CONTENT:
        words = gettext(
            "The notification is %(size)d bytes long in language “%(language)s”%(whom)s; at "
            "most %(most)d fit into a push message. Shorten the text and put the rest on "
            "the page behind the link."
        )
        raise InvalidNotification(
            words
            % {
                "size": size,
                "language": language or gettext("as given"),
                "whom": whom and f" ({whom})",
                "most": MAX_CONTENT,
            }
        )
    return size


def _uses(notification: Notification, language: str) -> int:
    """Return how often the most frequent placeholder stands in what is sent."""
    texts = (
        contents.text_in(language, notification.title),
        contents.text_in(language, notification.body),
        notification.url,
    )
    found = Counter(contents.PLACEHOLDER.findall(" ".join(texts)))
    return max(found.values(), default=0)


def _first(scope: NotificationScope, key: str) -> Notification | None:
    return Notification.objects.filter(scope=scope, key=key).first()


def _url(given: str | Promise | None) -> str:
    url = "" if given is None else str(given)
    known = url.startswith(("/", "https://", "http://")) and url[:2] != "//"
    if url and not known:
        words = gettext(
            "The link “%(url)s” is neither a path that begins with / nor a whole address "
            "with https://."
        )
        raise InvalidNotification(words % {"url": url})
    return url


def _audience(to: Any, scope: NotificationScope) -> str:
    if not isinstance(to, Audience):
        return ""
    if scope.audience not in {"", to.name}:
        # Whoever is not in the scope's could not switch it off.
        words = gettext(
            "The notification scope “%(scope)s” is for the audience “%(own)s” alone: "
            "leave it at everyone, which is that audience, instead of “%(other)s”."
        )
        told = {"scope": scope, "own": scope.audience, "other": to.name}
        raise InvalidNotification(words % told)
    known = get_adapter().audiences()
    if to.name not in known:
        raise InvalidNotification(
            f"There is no audience {to.name!r}. Known audiences: "
            f"{', '.join(known) or 'none'}. The adapter's audiences() names them."
        )
    return to.name


def _urgency(value: Urgency | str) -> Urgency:
    try:
        return Urgency(value)
    except ValueError:
        known = ", ".join(Urgency)
        raise InvalidNotification(
            f"The urgency {value!r} is unknown: use one of {known}."
        ) from None


def _check_moment(name: str, moment: object) -> None:
    if moment is None:
        return
    if not isinstance(moment, datetime):
        raise InvalidNotification(
            f"{name} is {moment!r}, which is no moment: give a datetime with a time zone."
        )
    if timezone.is_naive(moment):
        raise InvalidNotification(
            f"{name} has no time zone: give it one by django.utils.timezone.make_aware()."
        )


def _expiry(
    scope: NotificationScope,
    starts: datetime,
    ttl: int | None,
    expires_at: datetime | None,
) -> datetime:
    longest = min(MAX_TTL, scope.max_ttl or MAX_TTL)
    if ttl is not None and not (isinstance(ttl, int) and 1 <= ttl <= MAX_TTL):
        raise InvalidNotification(
            f"The ttl is {ttl!r} seconds; it must be between 1 and {MAX_TTL} (four weeks), "
            "which is the longest that push services keep a message."
        )
    if expires_at is not None:
        if expires_at <= starts:
            raise InvalidNotification(
                f"expires_at ({expires_at.isoformat()}) is not after the moment of "
                f"sending ({starts.isoformat()}): nobody would ever get it."
            )
        if expires_at > starts + timedelta(seconds=MAX_TTL):
            raise InvalidNotification(
                f"expires_at ({expires_at.isoformat()}) is more than four weeks after "
                "sending, which is the longest that push services keep a message."
            )
    seconds = min(ttl if ttl is not None else settings.ttl, longest)
    end = starts + timedelta(seconds=seconds)
    return min(end, expires_at) if expires_at else end


def _recipients(to: Any) -> list[Personal]:
    if isinstance(to, Personal):
        rows = [to]
    elif isinstance(to, str) or not isinstance(to, Iterable):
        rows = [Personal(to)]
    else:
        rows = [row if isinstance(row, Personal) else Personal(row) for row in to]
    if any(row.account is None for row in rows):
        raise InvalidNotification("One of the accounts that it goes to is None.")
    keys = [as_key(get_adapter().key(row.account), "key") for row in rows]
    if long := next((key for key in keys if len(key) > LONGEST), None):
        raise InvalidNotification(
            f"The key of an account, {long[:20]!r}…, is {len(long)} characters long; at "
            f"most {LONGEST} are kept."
        )
    if len(set(keys)) != len(keys) and any(row.params for row in rows):
        raise InvalidNotification(
            "Two Personal rows are for the same account: call notify() once for each "
            "of them, since one notification is shown once."
        )
    return rows
