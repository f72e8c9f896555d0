"""Make a database whose registry has N browsers: ``python -m tests.benchmarks.prepare N``."""

import sys

import django
from django.core.management import call_command
from django.db import connection


django.setup()
call_command("migrate", run_syncdb=True, verbosity=0)

from tests.benchmarks.data import fill  # noqa: E402  models come after the set-up


fill(int(sys.argv[1]))
with connection.cursor() as cursor:
    # What a table that has grown over years has behind it.
    cursor.execute("ANALYZE" if connection.vendor == "sqlite" else "VACUUM ANALYZE")
