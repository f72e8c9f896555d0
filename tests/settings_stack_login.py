"""The settings of a running site without an adapter: the login is the account."""

from tests.settings_stack import *  # noqa: F403  settings are inherited whole
from tests.settings_stack import WAGTAIL_PUSH as _WITH_ACCOUNTS


WAGTAIL_PUSH = {
    name: value for name, value in _WITH_ACCOUNTS.items() if name != "ACCOUNTS"
}
