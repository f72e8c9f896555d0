"""The example site's settings, for tests inside this process."""

from example_site.settings import *  # noqa: F403  settings are inherited whole


# A real one takes half a second for every login that a test makes.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
