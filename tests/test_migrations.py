"""Fresh databases of hosts that are built differently from ours."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import call_command


SETTINGS = """
SECRET_KEY = "x"
USE_TZ = True
STATIC_URL = "/static/"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATABASES = {{"default": {{"ENGINE": "django.db.backends.sqlite3",
                          "NAME": ":memory:"}}}}
AUTH_USER_MODEL = "{label}.User"
WAGTAIL_SITE_NAME = "Host"
WAGTAILADMIN_BASE_URL = "http://localhost"
Q_CLUSTER = {{"timeout": 60, "retry": 120, "orm": "default"}}
WAGTAIL_PUSH = {{"EMULATOR": "http://127.0.0.1:8979"}}
INSTALLED_APPS = [
    "{label}", "wagtail_push", "django_q", "wagtail.snippets", "wagtail.users",
    "wagtail.sites", "wagtail.admin", "wagtail", "modelcluster", "taggit",
    "django.contrib.admin", "django.contrib.auth", "django.contrib.contenttypes",
    "django.contrib.sessions", "django.contrib.messages",
]
TEMPLATES = [{{"BACKEND": "django.template.backends.django.DjangoTemplates",
    "APP_DIRS": True, "OPTIONS": {{"context_processors": [
        "django.template.context_processors.request",
        "django.contrib.auth.context_processors.auth",
        "django.contrib.messages.context_processors.messages"]}}}}]
MIDDLEWARE = ["django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware"]
ROOT_URLCONF = "{label}.urls"
SILENCED_SYSTEM_CHECKS = ["wagtailadmin.W001"]
"""
URLS = """
from django.urls import include, path

urlpatterns = [path("push/", include("wagtail_push.urls"))]
"""
MODELS = """
from django.contrib.auth.models import AbstractUser
from django.db import models


class User(AbstractUser):
    pass


class Customer(models.Model):
    number = models.CharField(max_length=20)
    users = models.ManyToManyField(User)
"""
FIRST = """
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [migrations.CreateModel("Town", [
        ("id", models.BigAutoField(primary_key=True))])]
"""
SECOND = """
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("{label}", "0001_initial")]
    operations = [migrations.DeleteModel("Town")]
"""
#: The third migration brings the user model and the account model. A host whose label
#: sorts late must say itself that they come before what refers to them.
THIRD = """
import django.contrib.auth.models
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"), ("{label}", "0002_second")]
    run_before = {run_before}
    operations = [
        migrations.CreateModel("User", [
            ("id", models.BigAutoField(primary_key=True)),
            ("password", models.CharField(max_length=128)),
            ("last_login", models.DateTimeField(blank=True, null=True)),
            ("is_superuser", models.BooleanField(default=False)),
            ("username", models.CharField(max_length=150, unique=True)),
            ("first_name", models.CharField(max_length=150, blank=True)),
            ("last_name", models.CharField(max_length=150, blank=True)),
            ("email", models.EmailField(max_length=254, blank=True)),
            ("is_staff", models.BooleanField(default=False)),
            ("is_active", models.BooleanField(default=True)),
            ("date_joined", models.DateTimeField()),
            ("groups", models.ManyToManyField(to="auth.group", blank=True)),
            ("user_permissions",
             models.ManyToManyField(to="auth.permission", blank=True)),
        ], managers=[("objects", django.contrib.auth.models.UserManager())]),
        migrations.CreateModel("Customer", [
            ("id", models.BigAutoField(primary_key=True)),
            ("number", models.CharField(max_length=20)),
            ("users", models.ManyToManyField(to="{label}.user")),
        ]),
    ]
"""
BEFORE_OTHERS = [
    ("admin", "0001_initial"),
    ("wagtailcore", "0001_initial"),
    ("wagtailcore", "0001_squashed_0016_change_page_url_path_to_text_field"),
]


def write_host(folder: Path, label: str, run_before: list[tuple[str, str]]) -> None:
    migrations = folder / label / "migrations"
    migrations.mkdir(parents=True)
    files = {
        folder / "settings.py": SETTINGS.format(label=label),
        folder / label / "__init__.py": "",
        folder / label / "urls.py": URLS,
        folder / label / "models.py": MODELS,
        migrations / "__init__.py": "",
        migrations / "0001_initial.py": FIRST,
        migrations / "0002_second.py": SECOND.format(label=label),
        migrations / "0003_people.py": THIRD.format(label=label, run_before=run_before),
    }
    for path, text in files.items():
        path.write_text(text)


def django(
    *args: str, settings: str, path: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a management command in a process of its own."""
    paths = [str(path)] if path else []
    return subprocess.run(
        [sys.executable, "-m", "django", *args],
        env={
            **os.environ,
            "DJANGO_SETTINGS_MODULE": settings,
            "PYTHONPATH": os.pathsep.join([*paths, *filter(None, sys.path)]),
        },
        cwd=Path(__file__).parents[1],
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("label", "run_before"),
    [("aaa_accounts", []), ("zzz_portal", BEFORE_OTHERS)],
    ids=["label sorts before ours", "label sorts after ours"],
)
@pytest.mark.promise("M-26")
def test_user_and_account_model_in_the_hosts_third_migration(
    label: str, run_before: list[tuple[str, str]], tmp_path: Path
) -> None:
    write_host(tmp_path, label, run_before)
    run = django("migrate", settings="settings", path=tmp_path)

    assert run.returncode == 0, run.stderr
    assert "Applying wagtail_push.0001_initial... OK" in run.stdout


UNINSTALLING = """
from django.core.management import call_command
from django.db import connection
from django_q.models import Schedule

for target in ((), ("wagtail_push", "zero"), ()):
    call_command("migrate", *target, verbosity=0)
    tables = connection.introspection.table_names()
    ours = [name for name in tables if name.startswith("wagtail_push")]
    print("RESULT", bool(ours), Schedule.objects.count())
"""


@pytest.mark.thorough
def test_schedules_go_with_our_tables_and_come_back(tmp_path: Path) -> None:
    write_host(tmp_path, "aaa_accounts", [])
    run = django("shell", "-c", UNINSTALLING, settings="settings", path=tmp_path)

    assert run.returncode == 0, run.stderr
    told = [line for line in run.stdout.splitlines() if line.startswith("RESULT")]
    assert told == ["RESULT True 3", "RESULT False 0", "RESULT True 3"]


def test_models_and_migrations_agree() -> None:
    # In a process of its own: here the tables are made without migrations.
    run = django("makemigrations", "--check", "--dry-run", settings="tests.settings")

    assert run.returncode == 0, run.stdout + run.stderr


@pytest.mark.django_db
def test_migrating_twice_leaves_one_of_each_schedule() -> None:
    from django_q.models import Schedule

    call_command("migrate", verbosity=0)
    call_command("migrate", verbosity=0)

    ours = Schedule.objects.filter(name__startswith="wagtail_push.").order_by("pk")
    assert list(ours.values_list("name", "func", "minutes", "repeats")) == [
        ("wagtail_push.sweep", "wagtail_push.tasks.sweep", 1, -1),
        ("wagtail_push.sums", "wagtail_push.tasks.sum_up", 1, -1),
        ("wagtail_push.pruning", "wagtail_push.tasks.prune", 60, -1),
    ]
