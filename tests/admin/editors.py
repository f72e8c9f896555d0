"""Editors with the permissions that a test gives them, and what they post."""

import re
from typing import Any

from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse
from wagtail.test.utils.form_data import inline_formset, nested_form_data

from wagtail_push.test.factories import LoginFactory


SCOPES = "wagtailsnippets_wagtail_push_notificationscope"
GROUPS = "wagtailsnippets_wagtail_push_scopegroup"
ACCOUNTS = "push-accounts"
REPORTS = "wagtail_push_reports"
BROWSERS = "push-browsers"
EVERY_SCOPE = ("add", "change", "delete", "view")


def sign_in(client: Client, *codenames: str) -> Any:
    """Sign in as an editor with these permissions; return the login."""
    editor = LoginFactory()
    wanted = Permission.objects.filter(codename__in=["access_admin", *codenames])
    assert wanted.count() == 1 + len(codenames)
    editor.user_permissions.set(wanted)
    client.force_login(editor)
    return editor


def scope_editor(client: Client, *more: str) -> Any:
    """Sign in as an editor of scopes, who may not make one always on."""
    names = [f"{action}_notificationscope" for action in EVERY_SCOPE]
    return sign_in(client, *names, *more)


def dashboard(client: Client) -> str:
    """Return what the dashboard says, without tags."""
    html = client.get(reverse("wagtailadmin_home")).content.decode()
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def text(language: str, title: str, **more: Any) -> dict[str, Any]:
    """Return one inline form of a new text."""
    return {"language": language, "title": title, "description": "", **more}


def scope_data(**change: Any) -> dict[str, str]:
    """Return what the form of a new scope posts."""
    data: dict[str, Any] = {
        "key": "parcels",
        "default": "on",
        "urgency": "normal",
        "sensitive": "on",
        "max_ttl": "3600",
        "texts": [
            text("en", "Parcels", description="Rarely."),
            text("pl", "Paczki"),
        ],
        **change,
    }
    texts = data.pop("texts")
    saved = len([one for one in texts if "id" in one])
    return nested_form_data({**data, "texts": inline_formset(texts, initial=saved)})


def saved_data(scope: Any, **change: Any) -> dict[str, str]:
    """Return what the form of a saved scope posts; the key is not in it."""
    texts = [
        {
            "id": str(one.pk),
            "language": one.language,
            "title": one.title,
            "description": one.description,
            "reason": one.reason,
        }
        for one in scope.texts.order_by("pk")
    ]
    given = {
        "key": "",
        "group": scope.group_id or "",
        "default": scope.default,
        "max_ttl": "",
        "texts": texts,
    }
    data = scope_data(**{**given, **change})
    if "key" not in change:
        del data["key"]
    return data


def errors_of(response: Any) -> dict[str, Any]:
    """Return the errors of the form and of its texts."""
    form = response.context["form"]
    texts = form.formsets["texts"]
    return {
        **form.errors,
        **{f"texts-{n}": e for n, e in enumerate(texts.errors) if e},
        **({"texts": texts.non_form_errors()} if texts.non_form_errors() else {}),
    }
