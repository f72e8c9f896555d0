"""The settings of a broken world; what differs from part to part stands in the environment."""

import json
import os

from tests.benchmarks.settings import *  # noqa: F403  settings are inherited whole
from tests.benchmarks.settings import WAGTAIL_PUSH as _WAGTAIL_PUSH


ROOT_URLCONF = "tests.faults.urls"

WAGTAIL_PUSH = {**_WAGTAIL_PUSH, **json.loads(os.environ["FAULTS_SETTINGS"])}
