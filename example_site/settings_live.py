"""The example site with a real Firebase project, from the environment: see demo/live.py."""

import json
import os

from example_site.settings import *  # noqa: F403  settings are inherited whole
from example_site.settings import WAGTAIL_PUSH as _WITH_EMULATOR


PUSH_EMULATOR = None  # the policy's middleware reads it

WAGTAIL_PUSH = {
    **_WITH_EMULATOR,
    "EMULATOR": None,
    "FIREBASE": json.loads(os.environ["LIVE_FIREBASE"]),
    "VAPID_KEY": os.environ["LIVE_VAPID_KEY"],
    "CREDENTIALS": os.environ["LIVE_CREDENTIALS"],
}
