"""The registrations: which target leads to which push subscription."""

import re
import secrets
from dataclasses import asdict, dataclass
from typing import Any, Literal

from yarl import URL

from wagtail_push.emulator.clock import Clock
from wagtail_push.emulator.store import Store


Kind = Literal["fid", "token"]

# Tokens that are older than FIDs begin with an instance ID of 11 characters.
TOKEN = re.compile(r"[\w-]{11,22}:APA91b[\w-]{20,}", re.ASCII)

MAX_NUMBER = 2**63 - 1


@dataclass(frozen=True)
class Subscription:
    """What a browser's PushSubscription consists of (RFC 8291, section 2)."""

    endpoint: str
    p256dh: str
    auth: str


@dataclass(frozen=True)
class Registration:
    """One target that FCM handed out, alive or not."""

    target: str
    kind: Kind
    fid: str
    project: str
    subscription: Subscription
    alive: bool
    created: float
    # What the page calls it: a target stands in no address and on no screen.
    number: int

    @property
    def endpoint_host(self) -> str:
        """Return the host of its push service."""
        return URL(self.subscription.endpoint).host or ""

    @property
    def name(self) -> str:
        """Return the resource name that the SDK reads the FID from."""
        return f"projects/{self.project}/registrations/{self.fid}"

    def listing(self) -> dict[str, Any]:
        """Return what ``/emulator/registrations`` shows."""
        return {
            "name": self.name,
            "kind": self.kind,
            "fid": self.fid,
            "token": self.target if self.kind == "token" else "",
            "endpoint_host": self.endpoint_host,
            "project": self.project,
            "alive": self.alive,
            "created": self.created,
        }


class Registry:
    """Keep the registrations.

    An installation has one live target at most: registering with a FID ends its
    token, and asking for a token ends its FID. Whether Google does the same is not
    documented; users report that mixing the two kinds ends the older one
    (firebase-js-sdk, discussion 10212), and nothing may depend on both.
    """

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def register(
        self, project: str, fid: str, kind: Kind, subscription: Subscription
    ) -> Registration:
        """Make ``subscription`` reachable, and return its only live target."""
        target = fid if kind == "fid" else self._token(project, fid, subscription)
        with self._store.transaction():
            self._store.execute(
                "UPDATE registrations SET alive = 0 WHERE fid = ?", (fid,)
            )
            self._store.execute(
                "INSERT INTO registrations (target, kind, fid, project,"
                " endpoint, p256dh, auth, alive, created)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, 1, ?)"
                " ON CONFLICT (target) DO UPDATE SET project = excluded.project,"
                " endpoint = excluded.endpoint, p256dh = excluded.p256dh,"
                " auth = excluded.auth, alive = 1",
                (
                    target,
                    kind,
                    fid,
                    project,
                    *asdict(subscription).values(),
                    self._clock.real(),
                ),
            )
            row = self._row(target)
        return _registration(row)

    def _token(self, project: str, fid: str, subscription: Subscription) -> str:
        row = self._store.execute(
            "SELECT target FROM registrations WHERE project = ? AND fid = ?"
            " AND kind = 'token' AND alive AND endpoint = ?",
            (project, fid, subscription.endpoint),
        ).fetchone()
        return new_token(fid) if row is None else str(row["target"])

    def update(self, target: str, subscription: Subscription) -> None:
        """Lead a live target to another subscription."""
        self._store.execute(
            "UPDATE registrations SET endpoint = ?, p256dh = ?, auth = ?"
            " WHERE target = ?",
            (*asdict(subscription).values(), target),
        )

    def find(self, target: str) -> Registration | None:
        """Return the registration behind ``target``, alive or not."""
        row = self._row(target)
        return None if row is None else _registration(row)

    def _row(self, target: str) -> Any:
        return self._store.execute(
            "SELECT rowid AS number, * FROM registrations WHERE target = ?", (target,)
        ).fetchone()

    def all(self) -> list[Registration]:
        """Return every registration, oldest first."""
        rows = self._store.execute(
            "SELECT rowid AS number, * FROM registrations ORDER BY created, target"
        )
        return [_registration(row) for row in rows]

    def newest(self, limit: int, before: int | None = None) -> list[Registration]:
        """Return the newest registrations, or those before a number."""
        rows = self._store.execute(
            "SELECT rowid AS number, * FROM registrations"
            " WHERE rowid < ? ORDER BY rowid DESC LIMIT ?",
            (MAX_NUMBER if before is None else before, limit),
        )
        return [_registration(row) for row in rows]

    def numbered(self, number: int) -> Registration | None:
        """Return the registration of this number."""
        row = self._store.execute(
            "SELECT rowid AS number, * FROM registrations WHERE rowid = ?", (number,)
        ).fetchone()
        return None if row is None else _registration(row)

    def count(self) -> tuple[int, int]:
        """Return how many registrations there are, and how many of them are alive."""
        known, alive = self._store.execute(
            "SELECT COUNT(*), COALESCE(SUM(alive), 0) FROM registrations"
        ).fetchone()
        return known, alive

    def end(self, target: str) -> bool:
        """Mark ``target`` dead; return whether it was ever handed out."""
        cursor = self._store.execute(
            "UPDATE registrations SET alive = 0 WHERE target = ?", (target,)
        )
        return cursor.rowcount > 0

    def forget(self) -> None:
        """Forget every registration."""
        self._store.execute("DELETE FROM registrations")

    def end_if_at(self, target: str, endpoint: str) -> None:
        """Mark ``target`` dead unless it leads to a newer endpoint by now."""
        self._store.execute(
            "UPDATE registrations SET alive = 0 WHERE target = ? AND endpoint = ?",
            (target, endpoint),
        )


def new_token(fid: str) -> str:
    """Return a registration token as Google shapes them."""
    return f"{fid}:APA91b{secrets.token_urlsafe(100)}"


def _registration(row: Any) -> Registration:
    return Registration(
        target=row["target"],
        kind=row["kind"],
        fid=row["fid"],
        project=row["project"],
        subscription=Subscription(row["endpoint"], row["p256dh"], row["auth"]),
        alive=bool(row["alive"]),
        created=row["created"],
        number=row["number"],
    )
