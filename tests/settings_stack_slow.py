"""The settings of a running site that sends one message after the other."""

from tests.settings_stack import *  # noqa: F403  settings are inherited whole
from tests.settings_stack import WAGTAIL_PUSH as _WAGTAIL_PUSH


WAGTAIL_PUSH = {**_WAGTAIL_PUSH, "BACKEND": "tests.one_by_one.OneByOne"}
