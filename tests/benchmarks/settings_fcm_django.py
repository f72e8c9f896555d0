"""A project that installs fcm-django as its manual says, and nothing else."""

from tests.benchmarks.names import lead_to_stand_in


lead_to_stand_in()

SECRET_KEY = "only-for-benchmarks"
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "fcm_django",
]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
