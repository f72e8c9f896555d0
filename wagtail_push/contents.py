"""What each browser is shown: its language, its account, its link, its own words."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.conf import settings as django_settings

from wagtail_push import recipients
from wagtail_push.accounts import AccountAdapter, get_adapter
from wagtail_push.conf import settings
from wagtail_push.messages import Content, Envelope, Target, TargetKind, Urgency
from wagtail_push.models import Browser, Installation, Notification
from wagtail_push.models.scopes import best_language


#: What names the account where a browser serves several. A test always does, in words
#: of its own; what is about a target alone never does.
NAMING = frozenset({Notification.Kind.MESSAGE, Notification.Kind.CONFIRMATION})

PLACEHOLDER = re.compile(r"\{(\w+)\}")


def write(
    notification: Notification, installed: Sequence[recipients.Installed], ttl: int
) -> list[Envelope]:
    """Return one envelope for each; what is the same is written once."""
    writer = _Writer(notification, installed)
    return [
        Envelope(
            target=Target(
                TargetKind(rows[0]["installation__target_kind"]),
                rows[0]["installation__target"],
            ),
            content=(content := writer.content(rows[0])),
            ttl=ttl,
            urgency=Urgency(notification.urgency),
            topic=content.topic,
            foreign=rows[0]["installation__worker"] == Installation.Worker.FOREIGN,
            dry_run=notification.kind == Notification.Kind.CHECK,
        )
        for rows in installed
    ]


def languages(notification: Notification) -> list[str]:
    """Return the languages that title or text are written in."""
    return [code for code in {**notification.title, **notification.body} if code]


def text_in(language: str, texts: Mapping[str, str]) -> str:
    """Return the text in this language, or in the one that comes nearest."""
    return texts[best_language(language, list(texts)) or ""]


def fill(text: str, params: Mapping[str, str]) -> str:
    """Return the text with its named placeholders filled; others stay as they are."""
    return PLACEHOLDER.sub(lambda match: str(params.get(match[1], match[0])), text)


def compose(
    notification: Notification, language: str, params: Mapping[str, str]
) -> Content:
    """Return the content in one language, before it is known who gets it."""
    bidi = language.partition("-")[0] in django_settings.LANGUAGES_BIDI
    return Content(
        id=str(notification.public_id),
        title=fill(text_in(language, notification.title), params),
        body=fill(text_in(language, notification.body), params),
        url=fill(notification.url, params),
        tag=notification.tag or str(notification.public_id),
        icon=settings.icon,
        badge=settings.badge,
        lang=language,
        dir="rtl" if bidi else "auto",
        proof=params["proof"] if notification.kind == Notification.Kind.PROOF else "",
    )


class _Writer:
    """Writes the contents of one page."""

    def __init__(
        self, notification: Notification, installed: Iterable[recipients.Installed]
    ) -> None:
        self.notification = notification
        self.adapter: AccountAdapter = get_adapter()
        self.languages = languages(notification)
        self.spoken: dict[str, str] = {}
        self.written: dict[tuple[Any, ...], Content] = {}
        self.shared: set[int] = set()
        if notification.kind in NAMING and not notification.to_everyone:
            # Where a browser serves several accounts, the notification names its own.
            counted = Counter(
                Browser.objects.registered()
                .filter(
                    installation__in={rows[0][recipients.KEY] for rows in installed}
                )
                .values_list("installation_id", flat=True)
            )
            self.shared = {pk for pk, number in counted.items() if number > 1}

    def content(self, row: Mapping[str, Any]) -> Content:
        wanted = row["language"] or self._spoken(row["account__key"])
        language = best_language(wanted, self.languages) or ""
        account = "" if self.notification.to_everyone else row["account__key"]
        own = row.get(recipients.PARAMS) or {}
        shared = row[recipients.KEY] in self.shared
        variant = (language, account, shared, *sorted(own.items()))
        if variant not in self.written:
            self.written[variant] = self._write(language, account, own, shared)
        return self.written[variant]

    def _write(
        self, language: str, account: str, own: Mapping[str, str], shared: bool
    ) -> Content:
        params = {**self.notification.params, **own}
        content = compose(self.notification, language, params)
        changes: dict[str, str] = {}
        if account and content.url:
            changes["url"] = self.adapter.link(content.url, account)
        if shared:
            changes["body"] = f"{self.adapter.label(account)}: {content.body}"
        if shared and own:
            # Two accounts' own words on one screen do not replace each other.
            changes["tag"] = f"{content.tag}:{account}"
        return content.but(**changes)

    def _spoken(self, account: str) -> str:
        if account not in self.spoken:
            self.spoken[account] = self.adapter.language(account)
        return self.spoken[account]
