"""The example site as it runs in production, with the stand-in in Google's place."""

import os

from tests.benchmarks.names import lead_to_stand_in
from tests.settings_stack import *  # noqa: F403  settings are inherited whole
from tests.settings_stack import Q_CLUSTER as _Q_CLUSTER


if "STAND_IN_PORT" in os.environ:
    # Every process of the queue comes here before it connects anywhere.
    lead_to_stand_in()

# With it, every statement is kept in memory.
DEBUG = False

WAGTAIL_PUSH = {
    "ACCOUNTS": "tests.benchmarks.adapter.AllCustomers",
    "BACKEND": os.environ.get(
        "BENCHMARK_BACKEND", "wagtail_push.backends.fcm.FCMBackend"
    ),
    "CREDENTIALS": os.environ.get("STAND_IN_CREDENTIALS"),
    # The page's part of the set-up, which sending does not need and the checks ask for.
    "FIREBASE": {
        "apiKey": "key",
        "appId": "1:1:web:1",
        "messagingSenderId": "1",
        "projectId": "demo-project",
    },
    "VAPID_KEY": "B" + "A" * 86,
    "NAME": "Nordhost",
    # Google's quota is not what is measured here.
    "PACE": None,
    "TARGET_KIND": "token",
}

Q_CLUSTER = {**_Q_CLUSTER, "workers": 3}
