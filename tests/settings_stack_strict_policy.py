"""The settings of a running site that hears of what its strict policy forbade."""

from tests.settings_stack import *  # noqa: F403  settings are inherited whole
from tests.settings_stack import MIDDLEWARE as _WITHOUT_REPORTS


ROOT_URLCONF = "tests.hosts.strict_policy"
MIDDLEWARE = ["tests.hosts.strict_policy.ask_for_reports", *_WITHOUT_REPORTS]
