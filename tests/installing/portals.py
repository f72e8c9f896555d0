"""Two portals that know nothing of wagtail-push, each in an environment of its own."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

from example_site.demo.stack import Processes, StackError, free_port
from tests.installing.steps import add
from wagtail_push.emulator.client import EmulatorClient


#: Where manage.py push_emulator listens unless a setting says otherwise.
EMULATOR = "http://127.0.0.1:8979"

#: As Django's documentation advises it for every new project.
USER_MODEL = """
from django.contrib.auth.models import AbstractUser


class User(AbstractUser):
    pass
"""

ELSEWHERE = """
from {settings} import *

WAGTAIL_PUSH = {{**WAGTAIL_PUSH, "EMULATOR": "{emulator}"}}
"""


class Portal(Processes):
    """A portal on SQLite with a web server of its own, and one person who signs in."""

    title = ""
    person = ""
    #: Who that is, for createsuperuser.
    create: list[str] = []
    password = "a long enough password"
    #: Where a visitor signs in who comes for the settings page.
    sign_in_path = "/push/"
    #: The scopes of all service workers at the end.
    workers = ["/push/sw/"]
    #: What is on the settings page if it stands in the portal's own layout.
    layout = "body"
    #: What manage.py reads, and the files that lines are added to.
    settings_module = settings_file = urls_file = base_file = ""

    def __init__(self, folder: Path, python: str) -> None:
        """Take note of the folder and of the interpreter's version."""
        super().__init__(folder, free_port())
        self.place = folder / "portal"
        self.program = [str(folder / "venv" / "bin" / "python"), "manage.py"]
        self.python = python
        self.emulator = EmulatorClient(_emulator())

    @property
    def environ(self) -> dict[str, str]:
        """Return an environment in which this checkout can't be imported."""
        environ = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("PYTHON", "DJANGO", "VIRTUAL_ENV"))
        }
        environ |= {"DJANGO_SUPERUSER_PASSWORD": self.password, "PYTHONUNBUFFERED": "1"}
        if self._elsewhere.exists():
            environ["PYTHONPATH"] = str(self._elsewhere.parent)
            environ["DJANGO_SETTINGS_MODULE"] = self._elsewhere.stem
        return environ

    def make(self) -> None:
        """Make the portal as it is before anybody thinks of wagtail-push."""
        self.folder.mkdir()
        self._run("uv", "venv", "--quiet", "--python", self.python, "venv")
        self.install(*self.packages)
        self.write()
        self.manage("migrate", "--verbosity", "0")
        self.manage("createsuperuser", "--noinput", *self.create)

    @property
    def packages(self) -> list[str]:
        """Return what the portal is made of."""
        return [
            "wagtail>=8.0,<8.1",
            "Django<5.3" if self.is_old else "Django>=6.1,<6.2",
        ]

    @property
    def is_old(self) -> bool:
        """Tell whether this Python is too old for Django 6."""
        return self.python == "3.11"

    @property
    def more(self) -> list[tuple[str, str, str]]:
        """Return what it needs beside the numbered steps.

        A title, a page of the documentation, and how the block begins.
        """
        return []

    def write(self) -> None:
        """Write the portal's files."""
        raise NotImplementedError

    def install(self, *what: str) -> None:
        """Do as ``pip install`` does, faster."""
        self._run("uv", "pip", "install", "--quiet", "--python", self.program[0], *what)

    def add(self, code: str) -> list[str]:
        """Add a block of the documentation to the portal's files; return the lines."""
        code = code.replace(EMULATOR, self.emulator.url)
        if code.startswith("{%"):
            file = self.place / self.base_file
            file.parent.mkdir()
            file.write_text(code)
            return [line for line in code.splitlines(keepends=True) if line.strip()]
        return add(code, self.place / self.settings_file, self.place / self.urls_file)

    def serve(self, name: str, *args: str) -> None:
        """Start what goes on running, and wait until it answers."""
        if self.emulator.url != EMULATOR:
            self._move_emulator()
        if name == "runserver":
            self._start("web", name, "--noreload", f"127.0.0.1:{self.port}", *args)
            # Without a login: a browser asks for it on its own account.
            self._wait_for("web", f"{self.url}/push/sw/worker.js")
        elif name == "push_emulator":
            self._start("emulator", name, *args)
            self._wait_for("emulator", f"{self.emulator.url}/emulator/config")
        else:
            self._start("queue", name, *args)

    def _run(self, *command: str) -> None:
        done = subprocess.run(
            command, cwd=self.folder, env=self.environ, capture_output=True, text=True
        )
        if done.returncode:
            raise StackError(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")

    @property
    def _elsewhere(self) -> Path:
        return self.folder / "elsewhere" / "settings_elsewhere.py"

    def _move_emulator(self) -> None:
        # Somebody listens on its port, such as a demo on a developer's machine.
        self._elsewhere.parent.mkdir(exist_ok=True)
        self._elsewhere.write_text(
            ELSEWHERE.format(settings=self.settings_module, emulator=self.emulator.url)
        )


class WagtailStart(Portal):
    """What ``wagtail start`` makes, with a user model of its own."""

    title = "the template of wagtail start"
    person = "anna"
    # It has no other sign-in.
    sign_in_path = "/admin/login/?next=/push/"
    settings_module = "mysite.settings.dev"
    settings_file, urls_file = "mysite/settings/base.py", "mysite/urls.py"
    create = ["--username=anna", "--email=anna@example.com"]

    def write(self) -> None:
        """Run ``wagtail start``, and add an app with the user model."""
        self.place.mkdir()
        self._run("venv/bin/wagtail", "start", "mysite", "portal")
        users = self.place / "users"
        (users / "migrations").mkdir(parents=True)
        for file in (users / "__init__.py", users / "migrations" / "__init__.py"):
            file.touch()
        (users / "models.py").write_text(USER_MODEL)
        settings = self.place / self.settings_file
        text = settings.read_text().replace(
            '    "home",\n', '    "home",\n    "users",\n'
        )
        settings.write_text(f'{text}\nAUTH_USER_MODEL = "users.User"\n')
        self.manage("makemigrations", "users", "--verbosity", "0")


class Foreign(Portal):
    """The one in tests/installing/portal, which does much that may be in our way."""

    title = "a portal that is written differently"
    person = "anna@example.com"
    workers = ["/", "/push/sw/"]
    settings_module = "config.settings"
    settings_file, urls_file = "config/settings.py", "config/urls.py"
    base_file = "people/templates/wagtail_push/base.html"
    layout = "#who"
    create = ["--email=anna@example.com"]

    @property
    def packages(self) -> list[str]:
        """Return django-csp, too, where Django has no policy of its own."""
        return [*super().packages, *(["django-csp>=4"] if self.is_old else [])]

    @property
    def more(self) -> list[tuple[str, str, str]]:
        """Return what its policy and its layout need."""
        policy = "CONTENT_SECURITY_POLICY" if self.is_old else "SECURE_CSP"
        return [
            ("Content security policy", "docs/how-to/install.md", policy),
            ("Its own layout", "README.md", "{% extends"),
        ]

    def write(self) -> None:
        """Copy its files."""
        shutil.copytree(Path(__file__).parent / "portal", self.place)
        self.manage("makemigrations", "people", "--verbosity", "0")


PORTALS: dict[str, type[Portal]] = {"start": WagtailStart, "foreign": Foreign}


def find_python(wanted: str) -> str:
    """Return this version if it is on PATH, else the one that runs here."""
    command = ["uv", "python", "find", "--system", "--no-python-downloads", wanted]
    found = subprocess.run(command, capture_output=True, check=False)
    return wanted if found.returncode == 0 else "{}.{}".format(*sys.version_info)


def _emulator() -> str:
    # The address that the documentation names, if nobody listens there.
    port = int(EMULATOR.rpartition(":")[2])
    with socket.socket() as probe:
        taken = probe.connect_ex(("127.0.0.1", port)) == 0
    return f"http://127.0.0.1:{free_port()}" if taken else EMULATOR
