"""What may happen to a browser: register, renew, test, check, pause, remove, choose.

Everything here is told which account and which login it acts for, so it runs in a web
request, a task and a shell alike. Nothing here talks to Google.
"""

from wagtail_push.registry.asking import (
    check,
    confirm,
    send_tests,
)
from wagtail_push.registry.finding import (
    browsers_of,
    current_browser,
    current_key,
    get_account,
    is_wanted,
    lookalikes,
    read_user_agent,
    revoked,
    scopes,
)
from wagtail_push.registry.managing import (
    activate,
    choose_scope,
    pause,
    remove,
    rename,
)
from wagtail_push.registry.registering import Registration, register
from wagtail_push.registry.renewing import Renewal, is_due, lose, note_change, renew
from wagtail_push.registry.switching import forbid_account, switch_account


__all__ = [
    "Registration",
    "Renewal",
    "activate",
    "browsers_of",
    "check",
    "choose_scope",
    "confirm",
    "current_browser",
    "current_key",
    "forbid_account",
    "get_account",
    "is_due",
    "is_wanted",
    "lookalikes",
    "lose",
    "note_change",
    "pause",
    "read_user_agent",
    "register",
    "remove",
    "rename",
    "renew",
    "revoked",
    "scopes",
    "send_tests",
    "switch_account",
]
