"""What may happen to a browser: register, renew, test, check, pause, remove, choose.

Everything here is told which account and which login it acts for, so it runs in a web
request, a task and a shell alike. Nothing here talks to Google.
"""

from wagtail_push.registry.asking import (
    check,
    check_registry,
    confirm,
    send_tests,
)
from wagtail_push.registry.finding import (
    browsers_of,
    current_browser,
    current_key,
    get_account,
    is_wanted,
    last_shown,
    link_of,
    lookalikes,
    read_user_agent,
    revoked,
    scopes,
)
from wagtail_push.registry.managing import (
    activate,
    choose_scope,
    copy_choices,
    hide_details,
    pause,
    pause_on_sign_out,
    remove,
    rename,
)
from wagtail_push.registry.recognising import imported_for
from wagtail_push.registry.registering import Registration, register, serves_others
from wagtail_push.registry.renewing import Renewal, is_due, lose, note_change, renew
from wagtail_push.registry.signing import signed_in, signed_out
from wagtail_push.registry.switching import forbid_account, switch_account


__all__ = [
    "Registration",
    "Renewal",
    "activate",
    "browsers_of",
    "check",
    "check_registry",
    "choose_scope",
    "confirm",
    "copy_choices",
    "current_browser",
    "current_key",
    "forbid_account",
    "get_account",
    "hide_details",
    "imported_for",
    "is_due",
    "is_wanted",
    "last_shown",
    "link_of",
    "lookalikes",
    "lose",
    "note_change",
    "pause",
    "pause_on_sign_out",
    "read_user_agent",
    "register",
    "remove",
    "rename",
    "renew",
    "revoked",
    "scopes",
    "send_tests",
    "serves_others",
    "signed_in",
    "signed_out",
    "switch_account",
]
