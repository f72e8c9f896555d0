"""The same without an adapter: the login is the account."""

from example_site.settings_login import *  # noqa: F403  settings are inherited whole


PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
