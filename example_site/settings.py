"""Settings of the example site: a demonstration, not a pattern for production."""

import os
from pathlib import Path
from typing import Any

import dj_database_url


BASE_DIR = Path(__file__).resolve().parent.parent

DATA_DIR = Path(os.environ.get("EXAMPLE_DATA") or BASE_DIR / ".demo")
DATA_DIR.mkdir(parents=True, exist_ok=True)

DEBUG = os.environ.get("DEBUG", "1") == "1"

# Shows the demo logins and the buttons that cause events.
DEMO = os.environ.get("DEMO", "1" if DEBUG else "0") == "1"

SECRET_KEY = "demo-only-the-whole-world-knows-this-key-of-the-example-site"
ALLOWED_HOSTS = ["localhost", "127.0.0.1"]

INSTALLED_APPS = [
    # Before wagtail_push, so that its templates win.
    "example_site.portal",
    "wagtail_push",
    "django_q",
    "wagtail.users",
    "wagtail.contrib.settings",
    "wagtail.snippets",
    "wagtail.sites",
    "wagtail.documents",
    "wagtail.images",
    "wagtail.search",
    "wagtail.admin",
    "wagtail",
    "modelcluster",
    "taggit",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "example_site.portal.middleware.content_security_policy",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "example_site.urls"
WSGI_APPLICATION = "example_site.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.debug",
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "example_site.portal.menu.panel",
            ],
        },
    },
]


# Database

DATABASES: dict[str, Any] = {
    "default": dj_database_url.parse(
        os.environ.get("DATABASE_URL") or f"sqlite:///{DATA_DIR / 'db.sqlite3'}",
        # A new connection for every task of the queue would cost more than the task.
        conn_max_age=600,
    )
}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # The web server and the queue write at the same time: readers must not block
    # writers, and a writer has to wait for its turn from its first statement on.
    DATABASES["default"]["OPTIONS"] = {
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
    }
else:
    # Wagtail's search has PostgreSQL's own index types.
    INSTALLED_APPS.append("django.contrib.postgres")
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"


# Sign-in

# Every demo login has the password "demo".
AUTH_PASSWORD_VALIDATORS: list[dict[str, Any]] = []
LOGIN_URL = "portal:sign-in"
LOGIN_REDIRECT_URL = "portal:overview"
LOGOUT_REDIRECT_URL = "portal:sign-in"


# Languages

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("pl", "Polski"), ("cs", "Čeština")]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Europe/Prague"


# Files

STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
MEDIA_URL = "/media/"
MEDIA_ROOT = DATA_DIR / "media"


# Wagtail

WAGTAIL_SITE_NAME = "Nordhost"
WAGTAILADMIN_BASE_URL = "http://127.0.0.1:8000"
WAGTAIL_I18N_ENABLED = True
WAGTAIL_CONTENT_LANGUAGES = LANGUAGES
WAGTAILADMIN_PERMITTED_LANGUAGES = LANGUAGES
WAGTAIL_FRONTEND_LOGIN_URL = "/sign-in/"


# wagtail-push and its queue

PUSH_EMULATOR = os.environ.get("PUSH_EMULATOR", "http://127.0.0.1:8979") or None

WAGTAIL_PUSH: dict[str, Any] = {
    "ACCOUNTS": "example_site.portal.accounts.CustomerAccounts",
    "EMULATOR": PUSH_EMULATOR,
    "NAME": "Nordhost",
    "SIGN_OUT": os.environ.get("PUSH_SIGN_OUT", "keep"),
    "TARGET_KIND": os.environ.get("PUSH_TARGET_KIND", "fid"),
}

Q_CLUSTER: dict[str, Any] = {
    "name": "nordhost",
    "workers": 2,
    "timeout": 60,
    "retry": 120,
    "queue_limit": 2,
    "poll": 0.2,
    "save_limit": 250,
}
if REDIS_URL := os.environ.get("REDIS_URL"):
    Q_CLUSTER["redis"] = REDIS_URL
else:
    Q_CLUSTER["orm"] = "default"
