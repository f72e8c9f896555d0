"""The example site's settings, for tests inside this process."""

from example_site.settings import *  # noqa: F403  settings are inherited whole
from example_site.settings import INSTALLED_APPS as _APPS


# The registry that portals move from.
INSTALLED_APPS = [*_APPS, "fcm_django"]


# A real one takes half a second for every login that a test makes.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
