"""Make a database whose registry has N browsers: ``python -m tests.benchmarks.prepare N``."""

import sys

import django
from django.core.management import call_command


django.setup()
call_command("migrate", run_syncdb=True, verbosity=0)

from tests.benchmarks.data import fill  # noqa: E402  models come after the set-up


fill(int(sys.argv[1]))
