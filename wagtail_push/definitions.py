"""Scopes that the host's code defines: written by ``migrate``, then the editors'."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.apps import apps as all_apps
from django.apps.registry import Apps
from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db import DEFAULT_DB_ALIAS, router, transaction
from wagtail import hooks

from wagtail_push.exceptions import InvalidNotification, PushConfigurationError
from wagtail_push.messages import Urgency
from wagtail_push.models import NotificationScope, ScopeGroup, ScopeText
from wagtail_push.models.scopes import default_language
from wagtail_push.notify import Text, texts


#: What is public; the rest is for the other rooms.
__all__ = ["ScopeDefinition"]

#: The hook by which a host's code defines scopes.
HOOK = "register_push_scopes"

WORDS = ("title", "description", "reason")


@dataclass(frozen=True, slots=True, kw_only=True)
class ScopeDefinition:
    """One scope, as the host's code defines it.

    ``title`` (at most 80 characters), ``description`` and ``reason`` (at most 250 each)
    are text, a lazy translation, or ``{language: text}``; a plain text is in the site's
    default language. ``reason`` says why it is always on, and is needed then.
    ``group`` is the key of a scope group, which is created if it is missing.
    ``default`` is ``on``, ``off`` or ``always``; ``max_ttl`` is in seconds.
    """

    key: str
    title: Text
    description: Text = ""
    reason: Text = ""
    group: str = ""
    default: str = "on"
    max_ttl: int | None = None
    urgency: Urgency | str = Urgency.NORMAL
    audience: str = ""
    sensitive: bool = True

    def fields(self) -> dict[str, Any]:
        """Return what exists once, whatever the language."""
        return {
            "default": str(self.default),
            "max_ttl": self.max_ttl,
            "urgency": str(self.urgency),
            "audience": self.audience,
            "sensitive": self.sensitive,
            "retired": False,
        }

    def words(self) -> dict[str, dict[str, str]]:
        """Return what customers read, by language; a title stands in each of them."""
        given = {
            name: texts(name, value)
            for name in WORDS
            if (value := getattr(self, name)) or name == "title"
        }
        languages = [code or default_language() for code in given["title"]]
        return {
            code: {name: _in(code, given.get(name, {})) for name in WORDS}
            for code in languages
        }


def _in(code: str, words: Mapping[str, str]) -> str:
    return words.get(code) or (words.get("", "") if code == default_language() else "")


def defined() -> dict[str, ScopeDefinition]:
    """Return the scopes that the host's code defines, by key."""
    found: dict[str, ScopeDefinition] = {}
    for function in hooks.get_hooks(HOOK):
        for definition in function():
            if definition.key in found:
                raise PushConfigurationError(
                    f"The hook {HOOK} defines {definition.key!r} twice: remove one."
                )
            found[definition.key] = definition
    return found


def write(using: str = DEFAULT_DB_ALIAS, apps: Apps = all_apps, **kwargs: Any) -> None:
    """Create and update what the code defines, retire what it no longer does.

    Called after ``migrate``. What editors changed is no longer what the code said last,
    so it stays; a second call changes nothing.
    """
    if using != router.db_for_write(NotificationScope) or not _is_there(apps):
        return
    definitions = defined()
    with transaction.atomic(using=using):
        for definition in definitions.values():
            _write(definition)
        ours = NotificationScope.objects.filter(from_code__isnull=False)
        for scope in ours.exclude(key__in=definitions):
            _update(scope, {**scope.from_code, "retired": True})


def _is_there(apps: Apps) -> bool:
    # A migrate to an older state comes here, too.
    try:
        model = apps.get_model("wagtail_push", "NotificationScope")
        model._meta.get_field("from_code")
    except (LookupError, FieldDoesNotExist):
        return False
    return True


def _write(definition: ScopeDefinition) -> None:
    scope = NotificationScope.objects.filter(key=definition.key).first()
    if scope is None:
        group = None
        if definition.group:
            group, _ = ScopeGroup.objects.get_or_create(key=definition.group)
        fields = definition.fields()
        scope = NotificationScope(key=definition.key, group=group, **fields)
    try:
        words = definition.words()
        said = words.get(default_language(), {})
        if definition.default == scope.Default.ALWAYS and not said.get("reason"):
            raise ValidationError(
                {"reason": f"Give one in {default_language()}: it is always on."}
            )
        _update(scope, {**definition.fields(), "words": words})
    except (ValidationError, InvalidNotification) as error:
        raise PushConfigurationError(
            f"The hook {HOOK} defines {definition.key!r} in a way that can't be saved: "
            f"{error}"
        ) from error


def _update(scope: NotificationScope, said: dict[str, Any]) -> None:
    """Take over what the code says now wherever the row is as it said last."""
    before = scope.from_code or {}
    if scope.from_code == said:
        return
    for name in said.keys() - {"words"}:
        if name in before and getattr(scope, name) == before[name]:
            setattr(scope, name, said[name])
    scope.from_code = said
    scope.full_clean()
    scope.save()
    rows = {text.language: text for text in scope.texts.all()}
    for language, words in said["words"].items():
        known = before.get("words", {}).get(language, {})
        text = rows.get(language)
        if text is None and not known:
            text = ScopeText(scope=scope, language=language, **words)
        elif text is not None:
            for name, value in words.items():
                if getattr(text, name) == known.get(name):
                    setattr(text, name, value)
        else:
            # An editor deleted it.
            continue
        text.full_clean()
        text.save()
