"""Run races in a process of their own: one name and a number of rounds on each line.

The answer is a line of JSON: how often each end state occurred, and what went wrong.
"""

import json
import sys

import django
from django.core.management import call_command


django.setup()
call_command("migrate", run_syncdb=True, verbosity=0)

from tests.racing.races import run  # noqa: E402  models come after the set-up


print("ready", flush=True)
for line in sys.stdin:
    name, rounds = line.split()
    print(json.dumps(run(name, int(rounds))), flush=True)
