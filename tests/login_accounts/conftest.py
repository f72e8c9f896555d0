"""These run with tests/settings_login.py, where the login is the account."""

from django.conf import settings


if "ACCOUNTS" in settings.WAGTAIL_PUSH:
    collect_ignore_glob = ["test_*.py"]
