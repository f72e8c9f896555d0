"""The settings of a running site that used Firebase and fcm-django before."""

from tests.settings_stack import *  # noqa: F403  settings are inherited whole


ROOT_URLCONF = "tests.hosts.old_portal"
