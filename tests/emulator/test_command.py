import re
import signal
import subprocess
import sys

import pytest

from wagtail_push.emulator.process import EmulatorProcess
from wagtail_push.emulator.receiver import Receiver


COMMAND = [sys.executable, "-m", "wagtail_push.emulator"]


def run(*arguments, path=()):
    return subprocess.run(
        [*COMMAND, *arguments],
        env={"PYTHONPATH": ":".join([*path, *sys.path])},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


@pytest.fixture
def process(tmp_path):
    with subprocess.Popen(
        [*COMMAND, "--port", "0", "--state", str(tmp_path)],
        env={"PYTHONPATH": ":".join(sys.path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as child:
        yield child
        child.kill()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_ready_line_and_clean_end(process, number):
    ready = re.fullmatch(
        r"FCM emulator ready at (http://127\.0\.0\.1:(\d+)) "
        r"\(push service ws://127\.0\.0\.1:\2/\)\n",
        process.stdout.readline(),
    )
    assert ready
    # A browser that is on does not hold the end up.
    with Receiver(ready[1]):
        process.send_signal(number)
        rest, errors = process.communicate(timeout=10)

    assert (process.returncode, rest) == (0, "")
    assert "Traceback" not in errors


@pytest.mark.parametrize("missing", ["aiohttp", "pywebpush", "py_vapid", "http_ece"])
def test_missing_extra_is_one_clear_line(tmp_path, missing):
    (tmp_path / f"{missing}.py").write_text(
        f"raise ModuleNotFoundError('no', name={missing!r})"
    )
    done = run(path=[str(tmp_path)])

    assert (done.returncode, done.stdout, done.stderr) == (
        2,
        "",
        'The emulator needs its extra: pip install "wagtail-push[emulator]"\n',
    )


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "example.org", "::"])
def test_only_loopback_is_listened_on(host):
    done = run("--host", host)

    assert done.returncode == 2
    assert f"{host} is not a loopback host" in done.stderr


def test_port_in_use_is_said(emulator):
    port = emulator.url.rpartition(":")[2]
    done = run("--port", port)

    assert done.returncode == 1
    assert done.stderr.startswith(f"Cannot listen on 127.0.0.1:{port}: ")
    assert len(done.stderr.splitlines()) == 1


def test_emulator_knows_neither_django_nor_the_other_rooms():
    code = (
        "import sys\n"
        "from wagtail_push.emulator import __main__, app, process, receiver\n"
        "print(*sorted(name for name in sys.modules if name.split('.')[0] == 'django'\n"
        "  or name.startswith('wagtail_push.')"
        " and not name.startswith('wagtail_push.emulator')))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONPATH": ":".join(sys.path)},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )

    assert (done.returncode, done.stdout, done.stderr) == (0, "\n", "")


def test_child_process_needs_the_standard_library_only():
    code = (
        "import sys\n"
        "from wagtail_push.emulator import process\n"
        "print([name for name in ('aiohttp', 'cryptography') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONPATH": ":".join(sys.path)},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )

    assert (done.returncode, done.stdout) == (0, "[]\n")


def test_stop_returns_the_exit_status():
    emulator = EmulatorProcess()
    with emulator:
        assert emulator.stop() == 0
        assert emulator.stop() is None
