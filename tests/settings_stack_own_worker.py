"""The settings of a running site that has a service worker of its own."""

from tests.settings_stack import *  # noqa: F403  settings are inherited whole


ROOT_URLCONF = "tests.hosts.own_worker"
