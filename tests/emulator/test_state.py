import subprocess
import sys

import pytest
from firebase_admin import messaging

from wagtail_push.emulator.process import EmulatorError, EmulatorProcess
from wagtail_push.emulator.receiver import Receiver


def test_everything_survives_sigkill(own_emulator, make_sender):
    sender = make_sender(own_emulator)
    config = own_emulator.config()
    with (
        Receiver(own_emulator.url) as off,
        Receiver(own_emulator.url) as dead,
        Receiver(own_emulator.url, "token") as on,
    ):
        off.disconnect()
        sender.send("fid", off.target, {"n": "before"})
        own_emulator.kill(dead.target)
        pushes, registrations = own_emulator.pushes(), own_emulator.registrations()

        own_emulator.restart(kill=True)

        assert own_emulator.config() == config
        assert own_emulator.registrations() == registrations
        assert own_emulator.pushes() == pushes
        off.connect()
        assert off.wait_for()["data"] == {"n": "before"}
        # The access token of before is still good, and so is the browser's ID.
        sender.send("token", on.target, {"n": "after"})
        assert on.wait_for()["data"] == {"n": "after"}
        with pytest.raises(messaging.UnregisteredError):
            sender.send("fid", dead.target)


def test_state_folder_belongs_to_one_emulator(tmp_path):
    with (
        EmulatorProcess(tmp_path),
        pytest.raises(EmulatorError, match="another emulator is using it"),
        EmulatorProcess(tmp_path),
    ):
        pass


def test_free_port_is_the_same_next_time(tmp_path):
    with EmulatorProcess(tmp_path) as emulator:
        url = emulator.url
    with EmulatorProcess(tmp_path) as emulator:
        assert emulator.url == url


def test_file_of_another_kind_is_not_touched(tmp_path):
    path = tmp_path / "emulator.sqlite3"
    path.write_bytes(b"something else" * 100)
    with pytest.raises(EmulatorError, match="Cannot use the state folder"):
        EmulatorProcess(tmp_path).start()

    assert path.read_bytes() == b"something else" * 100


def test_without_state_nothing_is_left(tmp_path):
    process = subprocess.Popen(
        [sys.executable, "-m", "wagtail_push.emulator", "--port", "0"],
        env={"TMPDIR": str(tmp_path), "PYTHONPATH": ":".join(sys.path)},
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        process.stdout.readline()
        during = len(list(tmp_path.iterdir()))
        process.terminate()

    assert (during, list(tmp_path.iterdir())) == (1, [])
