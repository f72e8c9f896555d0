"""The settings of a running site whose workers soon count as dead."""

from tests.settings_stack import *  # noqa: F403  settings are inherited whole
from tests.settings_stack import WAGTAIL_PUSH as _WAGTAIL_PUSH


WAGTAIL_PUSH = {**_WAGTAIL_PUSH, "LEASE": 2}
