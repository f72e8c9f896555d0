"""The settings of a running site that fails when a test wants it to."""

from tests.settings_stack import *  # noqa: F403  settings are inherited whole
from tests.settings_stack import ALLOWED_HOSTS as _HOSTS
from tests.settings_stack import MIDDLEWARE as _MIDDLEWARE


#: Not a secure context, unlike localhost.
INSECURE_HOST = "portal.test"

ALLOWED_HOSTS = [*_HOSTS, INSECURE_HOST]
MIDDLEWARE = ["tests.failing.failing", *_MIDDLEWARE]
