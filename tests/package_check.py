"""Look into the built wheel and sdist, and use the wheel in an empty environment.

There it serves a page, and a small app of somebody else runs its tests on
``wagtail_push.test`` and has its types checked.

Run by ``tox run -e package``: ``python tests/package_check.py DIST``.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path


MUST_SHIP = (
    "wagtail_push/py.typed",
    "wagtail_push/migrations/0001_initial.py",
    "wagtail_push/templates/wagtail_push/settings.html",
    "wagtail_push/templates/wagtail_push/base.html",
    "wagtail_push/templates/wagtail_push/icons/bell.svg",
    "wagtail_push/portal/worker.js",
    "wagtail_push/static/wagtail_push/js/settings.js",
    "wagtail_push/static/wagtail_push/css/wagtail-push.css",
    "wagtail_push/static/wagtail_push/img/icon.png",
    "wagtail_push/static/wagtail_push/vendor/firebase-messaging.js",
    "wagtail_push/static/wagtail_push/vendor/LICENSES.txt",
    "wagtail_push/locale/pl/LC_MESSAGES/django.mo",
    "wagtail_push/locale/cs/LC_MESSAGES/django.mo",
    "wagtail_push/management/commands/push_emulator.py",
    "wagtail_push/emulator/__main__.py",
    "wagtail_push/emulator/page/icon.svg",
    "wagtail_push/emulator/page/page.css",
    "wagtail_push/emulator/page/page.js",
    "wagtail_push/test/firefox.py",
    "wagtail_push/test/pytest_plugin.py",
)
MUST_NOT_SHIP = ("tests/", "example_site/", ".po", "wagtail_push/frontend/", ".pyc")
SDIST = (
    "README.md",
    "LICENSE",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    "package.json",
    "package-lock.json",
    "tox.ini",
    "tests/test_notify.py",
    "wagtail_push/frontend/build.mjs",
)

THIRD_PARTY = Path(__file__).parent / "thirdparty"
THIRD_PARTY_NEEDS = ("django-stubs", "mypy", "pytest", "pytest-django", "time-machine")

SETTINGS = """
SECRET_KEY = "x"
DEBUG = True
ALLOWED_HOSTS = ["testserver"]
USE_TZ = True
STATIC_URL = "/static/"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "db.sqlite3"}}
WAGTAIL_SITE_NAME = "Host"
WAGTAILADMIN_BASE_URL = "http://localhost"
LOGIN_URL = "/sign-in/"
LANGUAGES = [("en", "English"), ("pl", "Polski")]
Q_CLUSTER = {"timeout": 60, "retry": 120, "orm": "default"}
INSTALLED_APPS = [
    "wagtail_push", "django_q", "wagtail.snippets", "wagtail.users", "wagtail.sites",
    "wagtail.admin", "wagtail", "modelcluster", "taggit", "django.contrib.auth",
    "django.contrib.contenttypes", "django.contrib.sessions",
    "django.contrib.messages", "django.contrib.staticfiles",
]
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates",
    "APP_DIRS": True, "OPTIONS": {"context_processors": [
        "django.template.context_processors.request",
        "django.contrib.auth.context_processors.auth",
        "django.contrib.messages.context_processors.messages"]}}]
ROOT_URLCONF = "host_urls"
"""
URLS = """
from django.urls import include, path

urlpatterns = [path("push/", include("wagtail_push.urls"))]
"""
USE = """
import django
django.setup()
import wagtail_push
assert "site-packages" in wagtail_push.__file__, wagtail_push.__file__
from django.contrib.auth import get_user_model
from django.contrib.staticfiles import finders
from django.test import Client
client = Client()
client.force_login(get_user_model().objects.create_user("anna"))
page = client.get("/push/", headers={"Accept-Language": "pl"})
assert page.status_code == 200, page.status_code
assert "Powiadomienia PUSH" in page.content.decode()
worker = client.get("/push/sw/worker.js")
assert worker["Content-Type"].startswith("text/javascript")
assert b"showNotification" in worker.content
assert finders.find("wagtail_push/vendor/firebase-messaging.js")
print("the installed wheel serves the page in Polish, the worker and the SDK")
"""


def main(dist: Path) -> None:
    """Check what was built; an AssertionError or a failed command ends it."""
    [wheel] = dist.glob("*.whl")
    [sdist] = dist.glob("*.tar.gz")
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    missing = [name for name in MUST_SHIP if name not in names]
    assert not missing, f"not in the wheel: {missing}"
    extra = [name for name in names for part in MUST_NOT_SHIP if part in name]
    assert not extra, f"should not be in the wheel: {extra}"
    licences = [name for name in names if ".dist-info/licenses/" in name]
    assert any(name.endswith("LICENSES.txt") for name in licences), licences
    print(f"{wheel.name}: {len(names)} files, licences {len(licences)}")
    with tarfile.open(sdist) as source:
        inside = [name.partition("/")[2] for name in source.getnames()]
    missing = [name for name in SDIST if name not in inside]
    assert not missing, f"not in the sdist: {missing}"
    print(f"{sdist.name}: {len(inside)} files")
    same_again(wheel)
    use(wheel)


def same_again(wheel: Path) -> None:
    """Compare it, which uv builds from the sdist, with one that is built from here."""
    with tempfile.TemporaryDirectory() as folder:
        build = ["uv", "build", "--quiet", "--wheel", "--out-dir", folder, "."]
        subprocess.run(build, check=True)
        [again] = Path(folder).glob("*.whl")
        assert again.read_bytes() == wheel.read_bytes(), "another wheel comes out"
    print("the wheel of the sdist and that of the checkout are the same bytes")


def use(wheel: Path) -> None:
    """Install the wheel into an empty environment and serve a page from it."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        python = folder / "venv" / "bin" / "python"
        run(folder, "uv", "venv", "--python", sys.executable, str(folder / "venv"))
        run(folder, "uv", "pip", "install", "--python", str(python), str(wheel))
        (folder / "host_settings.py").write_text(SETTINGS)
        (folder / "host_urls.py").write_text(URLS)
        (folder / "use.py").write_text(USE)
        run(folder, str(python), "-m", "django", "check", "--fail-level", "WARNING")
        run(folder, str(python), "-m", "django", "migrate", "--verbosity", "0")
        run(folder, str(python), "use.py")
        third_party(wheel, folder, python)


def third_party(wheel: Path, folder: Path, python: Path) -> None:
    """Run the tests of somebody else's app, and mypy, as its authors would."""
    install = ["uv", "pip", "install", "--python", str(python)]
    run(folder, *install, f"{wheel}[emulator,test]", *THIRD_PARTY_NEEDS)
    app = folder / "thirdparty"
    shutil.copytree(
        THIRD_PARTY, app, ignore=shutil.ignore_patterns(".*", "__pycache__")
    )
    run(app, str(python), "-m", "pytest", settings="settings")
    run(app, str(python), "-m", "django", "test", settings="settings")
    run(app, str(python), "-m", "mypy", ".", settings="settings")


def run(folder: Path, *command: str, settings: str = "host_settings") -> None:
    """Run a command there; its failure is ours."""
    environ = {
        "DJANGO_SETTINGS_MODULE": settings,
        "PYTHONPATH": str(folder),
        **{
            key: value
            for key, value in os.environ.items()
            if not key.startswith(("PYTHON", "DJANGO"))
        },
    }
    subprocess.run(command, cwd=folder, env=environ, check=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
