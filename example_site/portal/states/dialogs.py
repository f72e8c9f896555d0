"""Every view of the dialog that enables a browser, and every failure in it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest

from example_site.portal.states import made_up
from example_site.portal.states.specimen import Specimen
from wagtail_push.exceptions import AnotherLogin


TEMPLATE = "wagtail_push/includes/dialog.html"
STEPS = ("permission", "connect", "save", "confirm")

#: By the key of its words: which failure it is, the step that fails, the code for
#: support, and whether the portal says in a sentence of its own why.
FAILURES: dict[str, tuple[str, str, str]] = {
    "dismissed": ("F07", "permission", "PERMISSION"),
    "blocked": ("F09", "permission", "PERMISSION"),
    "worker": ("F11", "connect", "SW-404"),
    "worker-slow": ("F12", "connect", "SW-TIMEOUT"),
    "unavailable": ("F14", "connect", "FCM-403"),
    "push-service": ("F15", "connect", "PUSH"),
    "brave": ("F15", "connect", "PUSH"),
    "offline": ("F16", "save", "OFFLINE"),
    "save": ("F16", "save", "HTTP-500"),
    "another-login": ("F18", "save", ""),
    "proof": ("F18", "save", ""),
    "refused": ("", "save", "HTTP-409"),
    "signed-out": ("F17", "save", "HTTP-401"),
    "storage": ("F06", "connect", "IDB"),
    "unsupported": ("F02", "connect", ""),
    "emulator": ("", "connect", "EMULATOR"),
    "not-sent": ("", "confirm", "expired"),
}

#: By a name of ours: which failure it is, the step that is being done, the sentence
#: below by its key, and what else is shown.
PROGRESS: dict[str, tuple[str, str, str, str]] = {
    "asking": ("", "permission", "asking", ""),
    "asking-hint": ("F08", "permission", "askingHint", ""),
    "connecting": ("", "connect", "connecting", ""),
    "saving": ("", "save", "saving", ""),
    "proving": ("F18", "save", "proving", ""),
    "queued": ("", "confirm", "queued", ""),
    "stalled": ("", "confirm", "stalled", ""),
    "sent": ("", "confirm", "sent", ""),
    "did-you-see-it": ("", "confirm", "sent", "hint"),
    "not-seen": ("F19", "confirm", "", "unseen"),
    "another": ("F19", "confirm", "another", "unseen"),
    "seen": ("", "", "seen", ""),
}


def dialogs(request: HttpRequest) -> Iterator[Specimen]:
    """Yield the dialog in every view."""
    yield _dialog(request, "form", {"view": "form"})
    yield _dialog(request, "form-allowed", {"view": "form", "asks": "allowedAlready"})
    yield _dialog(request, "form-no-name", {"view": "form", "error": "nameMissing"})
    yield _dialog(
        request,
        "form-was-here-before",
        {"view": "form"},
        number="F18",
        lookalikes=[made_up.lookalike()],
    )
    for key, (number, step, words, reveal) in PROGRESS.items():
        finish = {"view": "progress", "step": step, "say": words, "reveal": reveal}
        yield _dialog(request, key, finish, number=number)
    yield _dialog(request, "shown", {"view": "progress", "shown": 1.3})


def failures(request: HttpRequest) -> Iterator[Specimen]:
    """Yield the dialog with every failure."""
    for key, (number, step, code) in FAILURES.items():
        detail = str(AnotherLogin.message) if key == "another-login" else ""
        failure = {"reason": key, "code": code, "detail": detail}
        finish = {"view": "progress", "step": step, "failure": failure}
        yield _dialog(request, key, finish, number=number)


def _dialog(
    request: HttpRequest,
    key: str,
    finish: dict[str, Any],
    *,
    number: str = "",
    **known: Any,
) -> Specimen:
    push = made_up.page(request, **known)
    if "step" in finish:
        step = finish["step"]
        done = STEPS[: STEPS.index(step)] if step else STEPS
        finish = {**finish, "done": list(done)}
    return Specimen(
        key=key,
        number=number,
        template=TEMPLATE,
        context={"push": push},
        finish={**finish, "name": "Office laptop"},
    )
