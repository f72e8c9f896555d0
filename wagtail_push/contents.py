"""What each browser is shown: its language, its account, its link, its own words."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from django.conf import settings as django_settings
from django.urls import reverse
from django.utils.translation import gettext_noop

from wagtail_push import recipients
from wagtail_push.accounts import AccountAdapter, get_adapter
from wagtail_push.messages import Content, Envelope, Target, TargetKind, Urgency
from wagtail_push.models import Installation, Notification, PushSiteSettings
from wagtail_push.models.scopes import best_language
from wagtail_push.translated import in_language


Kind = Notification.Kind

#: What names the account where a browser serves several. A test always does, in words
#: of its own; what is about a target alone never does.
NAMING = frozenset({Kind.MESSAGE, Kind.CONFIRMATION, Kind.NOTICE})

#: What a browser whose customer hides details is told without them. The others come
#: while the customer sits in front of the page, and tell of the browser alone.
HIDING = frozenset({Kind.MESSAGE, Kind.NOTICE})

TURN_OFF = gettext_noop("Turn off this kind")
SOMETHING_NEW = gettext_noop("You have a new message")

PLACEHOLDER = re.compile(r"\{(\w+)\}")


def write(
    notification: Notification, installed: Sequence[recipients.Installed], ttl: int
) -> list[Envelope]:
    """Return one envelope for each; what is the same is written once."""
    writer = _Writer(notification, installed)
    return [
        Envelope(
            target=Target(
                TargetKind(rows[0]["target_kind"]),
                rows[0]["target"],
            ),
            content=(content := writer.content(rows)),
            ttl=ttl,
            urgency=Urgency(notification.urgency),
            topic=content.topic,
            foreign=rows[0]["worker"] == Installation.Worker.FOREIGN,
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
    notification: Notification,
    language: str,
    params: Mapping[str, str],
    spoken: str | None = None,
    site: PushSiteSettings | None = None,
) -> Content:
    """Return the content in one language, before it is known who gets it.

    :param spoken: the language of our own words, where the host's texts have none.
    :param site: given by whoever composes several, so that it is asked for once.
    """
    site = site or PushSiteSettings.for_messages()
    template = _template(notification, language, site, spoken)
    return _filled(template, notification, params)


def _template(
    notification: Notification,
    language: str,
    site: PushSiteSettings,
    spoken: str | None = None,
) -> Content:
    spoken = spoken or language or django_settings.LANGUAGE_CODE
    return Content(
        id=str(notification.public_id),
        title=text_in(language, notification.title),
        body=text_in(language, notification.body),
        url=notification.url,
        tag=notification.tag or str(notification.public_id),
        icon=site.icon_url,
        badge=site.badge_url,
        image=notification.image,
        lang=language,
        dir=_direction(language),
        **_off(notification, spoken),
    )


def _filled(
    template: Content, notification: Notification, params: Mapping[str, str]
) -> Content:
    return template.but(
        title=fill(template.title, params),
        body=fill(template.body, params),
        url=fill(template.url, params),
        proof=params["proof"] if notification.kind == Kind.PROOF else "",
    )


def lead(content: Content, account: str) -> Content:
    """Return the content with links that open in the right account."""
    links = {"url": content.url, "off": content.off}
    link = get_adapter().link
    return content.but(
        **{field: link(url, account) for field, url in links.items() if url}
    )


def _direction(language: str) -> str:
    bidi = language.partition("-")[0] in django_settings.LANGUAGES_BIDI
    return "rtl" if bidi else "auto"


def _off(notification: Notification, spoken: str) -> dict[str, str]:
    scope = notification.scope
    if scope is None or scope.default == scope.Default.ALWAYS:
        return {}
    return {
        "off": reverse("wagtail_push:turn_off", args=[scope.key]),
        "off_label": in_language(spoken, TURN_OFF),
    }


def hide(content: Content, spoken: str, portal: str) -> Content:
    """Return what is shown in its place where the customer hides details.

    Nothing of it reaches Google either: a click asks the portal where it leads.
    """
    something_new = in_language(spoken, SOMETHING_NEW)
    return Content(
        id=content.id,
        title=portal or something_new,
        body=something_new if portal else "",
        url=reverse("wagtail_push:open", args=[content.id]),
        # The same for the same tag, but no words of the host's.
        tag=content.topic,
        icon=content.icon,
        badge=content.badge,
        lang=spoken,
        dir=_direction(spoken),
    )


class _Writer:
    """Writes the contents of one page."""

    def __init__(
        self, notification: Notification, installed: Sequence[recipients.Installed]
    ) -> None:
        self.notification = notification
        self.adapter: AccountAdapter = get_adapter()
        self.site = PushSiteSettings.for_messages()
        self.languages = languages(notification)
        self.site_languages = [code for code, _ in django_settings.LANGUAGES]
        self.templates: dict[tuple[str, str], Content] = {}
        self.written: dict[tuple[Any, ...], Content] = {}
        scope = notification.scope
        self.hiding = notification.kind in HIDING and (not scope or scope.sensitive)
        # Where a browser serves several accounts, the notification names its own.
        self.naming = notification.kind in NAMING
        # Of what is the host's to say, everything is asked for at once.
        first = [rows[0] for rows in installed]
        silent = {row["account__key"] for row in first if not row["language"]}
        self.language_of = self.adapter.languages(silent) if silent else {}
        named = {row["account__key"] for row in first if self.is_shared(row)}
        self.label_of = self.adapter.labels(named) if named else {}

    def is_shared(self, row: Mapping[str, Any]) -> bool:
        return self.naming and row.get(recipients.SHARED, False)

    def content(self, rows: recipients.Installed) -> Content:
        row = rows[0]
        wanted = row["language"] or self.language_of.get(row["account__key"], "")
        language = best_language(wanted, self.languages) or ""
        spoken = best_language(wanted, self.site_languages) or ""
        account = "" if self.notification.to_everyone else row["account__key"]
        own = row.get(recipients.PARAMS) or {}
        shared = self.is_shared(row)
        # What comes once for several accounts is hidden if one of them wants it so.
        hidden = self.hiding and any(row["hide_details"] for row in rows)
        variant = (language, spoken, account, shared, hidden, *sorted(own.items()))
        if variant not in self.written:
            content = self._write(language, spoken, account, own, shared, hidden)
            self.written[variant] = lead(content, account) if account else content
        return self.written[variant]

    def _write(
        self,
        language: str,
        spoken: str,
        account: str,
        own: Mapping[str, str],
        shared: bool,
        hidden: bool,
    ) -> Content:
        if (language, spoken) not in self.templates:
            template = _template(self.notification, language, self.site, spoken)
            self.templates[language, spoken] = template
        params = {**self.notification.params, **own}
        template = self.templates[language, spoken]
        content = _filled(template, self.notification, params)
        if shared and own:
            # Two accounts' own words on one screen do not replace each other.
            content = content.but(tag=f"{content.tag}:{account}")
        if hidden:
            return hide(content, spoken, self.site.portal_name)
        if shared:
            label = self.label_of.get(account, account)
            return content.but(body=f"{label}: {content.body}")
        return content
