"""Start the emulator: ``python -m wagtail_push.emulator``."""

import argparse
import asyncio
import ipaddress
import logging
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from pathlib import Path

from wagtail_push.emulator.store import StateError, Store


DEFAULT_PORT = 8979
EXTRA = {"aiohttp", "cryptography", "http_ece", "py_vapid", "pywebpush", "yarl"}
MISSING = 'The emulator needs its extra: pip install "wagtail-push[emulator]"'


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the emulator until it is told to stop, and return the exit status."""
    options = _parser().parse_args(arguments)
    try:
        from wagtail_push.emulator.app import serve
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in EXTRA:
            raise
        return _say(MISSING, 2)
    logging.basicConfig(
        stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(message)s"
    )
    with ExitStack() as stack:
        state = options.state
        if state is None:
            folder = tempfile.TemporaryDirectory(prefix="wagtail-push-emulator-")
            state = Path(stack.enter_context(folder))
        try:
            store = Store(state)
        except StateError as error:
            return _say(str(error), 1)
        stack.callback(store.close)
        host, port, allowed = options.host, options.port, options.allow_push_host
        try:
            with suppress(KeyboardInterrupt):
                asyncio.run(serve(store, host, port, allowed))
        except OSError as error:
            return _say(f"Cannot listen on {host}:{port}: {error}", 1)
    return 0


def _say(text: str, status: int) -> int:
    sys.stderr.write(text + "\n")
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m wagtail_push.emulator",
        description="Stand in for Firebase Cloud Messaging and a push service.",
    )
    parser.add_argument("--host", type=_loopback, default="127.0.0.1")
    parser.add_argument(
        "--port", type=_port, default=DEFAULT_PORT, help="0 takes a free one"
    )
    parser.add_argument(
        "--state",
        type=Path,
        metavar="DIR",
        help="keep keys, registrations and messages here (else they are forgotten)",
    )
    parser.add_argument(
        "--allow-push-host",
        action="append",
        default=[],
        metavar="HOST",
        help="send to a push service on this host too, not only on this machine",
    )
    return parser


def _loopback(text: str) -> str:
    with suppress(ValueError):
        if text == "localhost" or ipaddress.ip_address(text).is_loopback:
            return text
    raise argparse.ArgumentTypeError(f"{text} is not a loopback host")


def _port(text: str) -> int:
    if text.isdecimal() and int(text) < 65536:
        return int(text)
    raise argparse.ArgumentTypeError(f"{text} is not a port")


if __name__ == "__main__":
    sys.exit(main())
