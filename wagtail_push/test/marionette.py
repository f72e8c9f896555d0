"""Speak Firefox's Marionette protocol over a socket."""

from __future__ import annotations

import json
import socket
from typing import Any


class MarionetteError(Exception):
    """An answer of Firefox that says that a command failed."""

    def __init__(self, command: str, error: str, message: str) -> None:
        super().__init__(f"{command}: {error}: {message}")
        self.command = command
        self.error = error
        self.message = message


class Marionette:
    """A connection to one running Firefox."""

    def __init__(self, port: int, timeout: float = 90) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout)
        self._stream = self._socket.makefile("rb")
        self._last_id = 0
        self._receive()  # the browser greets first

    def command(self, name: str, params: dict[str, Any] | None = None) -> Any:
        """Run one command and return its result."""
        self._last_id += 1
        message = json.dumps([0, self._last_id, name, params or {}]).encode()
        self._socket.sendall(b"%d:%s" % (len(message), message))
        _kind, answered_id, error, result = self._receive()
        if answered_id != self._last_id:
            raise ConnectionError(f"Firefox answered another command than {name}.")
        if error:
            raise MarionetteError(name, error["error"], error["message"])
        return result

    def close(self) -> None:
        """Close the connection."""
        self._stream.close()
        self._socket.close()

    def _receive(self) -> Any:
        length = b""
        while (byte := self._stream.read(1)) != b":":
            if not byte:
                raise ConnectionError("Firefox closed the connection.")
            length += byte
        size = int(length)
        payload = self._stream.read(size)
        if len(payload) < size:
            raise ConnectionError("Firefox closed the connection.")
        return json.loads(payload)
