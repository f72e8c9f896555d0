"""Ask a running emulator what it knows, and make things happen; standard library only.

emulator = EmulatorClient("http://127.0.0.1:8979")
emulator.fault("unavailable", times=1)
"""

import json
from typing import Any
from urllib.error import HTTPError
from urllib.request import ProxyHandler, Request, build_opener


ANSWER_TIMEOUT = 10

# A proxy named by the environment is for the internet, not for this machine.
opener = build_opener(ProxyHandler({}))


class EmulatorError(Exception):
    """Say why the emulator did not start, or what it refused."""


class EmulatorClient:
    """An emulator that runs at ``url``."""

    def __init__(self, url: str = "") -> None:
        self.url = url.rstrip("/")

    @property
    def push_service(self) -> str:
        """Return the address that a Firefox connects to for its pushes."""
        return self.url.replace("http://", "ws://") + "/"

    def config(self) -> dict[str, Any]:
        """Return what a page gives to the Firebase SDK."""
        return self.request("GET", "/emulator/config")

    def registrations(self) -> list[dict[str, Any]]:
        """Return every registration, dead ones too."""
        return list(self.request("GET", "/emulator/registrations")["registrations"])

    def pushes(self) -> list[dict[str, Any]]:
        """Return what became of every push message, oldest first."""
        return list(self.request("GET", "/emulator/pushes")["pushes"])

    def requests(self) -> list[dict[str, Any]]:
        """Return the latest requests, newest last."""
        return list(self.request("GET", "/emulator/requests")["requests"])

    def kill(self, target: str) -> None:
        """Let a target die, as if its browser had been wiped."""
        self.request("POST", "/emulator/kill", {"target": target})

    def fault(
        self,
        name: str,
        target: str | None = None,
        *,
        times: int | None = None,
        retry_after: int | None = None,
        seconds: float | None = None,
    ) -> int:
        """Set a fault for one target or for all, and return its ID.

        It stays until it is cleared, or until ``times`` requests have met it.
        """
        wanted = {
            "fault": name,
            "target": target,
            "times": times,
            "retry_after": retry_after,
            "seconds": seconds,
        }
        return int(self.request("POST", "/emulator/faults", wanted)["id"])

    def faults(self) -> list[dict[str, Any]]:
        """Return the faults that are set, oldest first."""
        return list(self.request("GET", "/emulator/faults")["faults"])

    def clear_faults(self, fault_id: int | None = None) -> None:
        """Clear one fault, or all, and let go what they hold."""
        path = "/emulator/faults" + ("" if fault_id is None else f"/{fault_id}")
        self.request("DELETE", path)

    def push(
        self,
        target: str,
        title: str = "",
        body: str = "",
        url: str = "",
        data: dict[str, str] | None = None,
    ) -> str:
        """Push to a target by hand, past every fault; return the message's name."""
        given = {"title": title, "body": body, "url": url}
        message: dict[str, Any] = {"target": target, "data": data or {}}
        message |= {name: value for name, value in given.items() if value}
        return str(self.request("POST", "/emulator/push", message)["name"])

    def reset(self) -> None:
        """Forget registrations, pushes, requests and faults; put the clock right."""
        self.request("POST", "/emulator/reset")

    def advance_clock(self, seconds: float) -> None:
        """Put the push service's clock ahead, so that messages grow old."""
        self.request("POST", "/emulator/clock", {"advance": seconds})

    def request(
        self,
        method: str,
        path: str,
        body: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
    ) -> dict[str, Any]:
        """Return the emulator's answer, or raise EmulatorError with its text."""
        request = Request(  # noqa: S310 - the address is the emulator's own
            self.url + path,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json", **(headers or {})},
            method=method,
        )
        try:
            with opener.open(request, timeout=ANSWER_TIMEOUT) as response:
                answer: dict[str, Any] = json.load(response)
                return answer
        except HTTPError as error:
            with error:
                text = error.read().decode(errors="replace")
            raise EmulatorError(f"{method} {path}: {error.code} {text}") from None
