"""What the push service keeps: subscriptions, and messages until they are read."""

import secrets
import uuid
from dataclasses import dataclass
from typing import Any

from wagtail_push.emulator.clock import Clock
from wagtail_push.emulator.store import Store


# Messages that are over are remembered for /emulator/pushes, up to this many.
KEPT = 10_000

WAITING = "status = 'queued'"


@dataclass(frozen=True)
class PushSubscription:
    """One channel of one browser, and the only key that may send to it."""

    token: str
    uaid: str
    channel_id: str
    key: str
    gone: bool


@dataclass(frozen=True)
class PushMessage:
    """One encrypted message, as an application server sent it."""

    message_id: str
    target: str
    ttl: int
    topic: str
    urgency: str
    data: bytes


class Mailbox:
    """Keep messages for browsers that are off (RFC 8030, sections 5 and 6)."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._finish("dropped", "ttl = 0")

    def new_user_agent(self) -> str:
        """Return the ID of a browser that comes for the first time."""
        uaid = uuid.uuid4().hex
        self._store.execute("INSERT INTO user_agents VALUES (?)", (uaid,))
        return uaid

    def knows(self, uaid: str) -> bool:
        """Return whether a browser with this ID has been here."""
        cursor = self._store.execute(
            "SELECT 1 FROM user_agents WHERE uaid = ?", (uaid,)
        )
        return cursor.fetchone() is not None

    def subscribe(self, uaid: str, channel_id: str, key: str) -> PushSubscription:
        """Return the subscription of a channel, the same one when asked again."""
        row = self._store.execute(
            "SELECT * FROM subscriptions"
            " WHERE uaid = ? AND channel_id = ? AND key = ? AND NOT gone",
            (uaid, channel_id, key),
        ).fetchone()
        if row is not None:
            return _subscription(row)
        token = secrets.token_urlsafe(48)
        with self._store.transaction():
            self._end(uaid, channel_id)
            self._store.execute(
                "INSERT INTO subscriptions VALUES (?, ?, ?, ?, 0)",
                (token, uaid, channel_id, key),
            )
        return PushSubscription(token, uaid, channel_id, key, gone=False)

    def unsubscribe(self, uaid: str, channel_id: str) -> None:
        """End a channel: its endpoint answers 410 from now on."""
        with self._store.transaction():
            self._end(uaid, channel_id)
            self._finish("dropped", "uaid = ? AND channel_id = ?", uaid, channel_id)

    def _end(self, uaid: str, channel_id: str) -> None:
        self._store.execute(
            "UPDATE subscriptions SET gone = 1 WHERE uaid = ? AND channel_id = ?",
            (uaid, channel_id),
        )

    def subscription(self, token: str) -> PushSubscription | None:
        """Return the subscription behind an endpoint, gone or not."""
        row = self._store.execute(
            "SELECT * FROM subscriptions WHERE token = ?", (token,)
        ).fetchone()
        return None if row is None else _subscription(row)

    def put(
        self, to: PushSubscription, message: PushMessage, *, connected: bool
    ) -> str:
        """Keep a message and return its version; a topic replaces its like."""
        version = uuid.uuid4().hex
        now = self._clock.now()
        dropped = message.ttl == 0 and not connected
        with self._store.transaction():
            if message.topic:
                self._finish(
                    "replaced",
                    "uaid = ? AND channel_id = ? AND topic = ?",
                    *(to.uaid, to.channel_id, message.topic),
                )
            cursor = self._store.execute(
                "INSERT INTO messages (version, uaid, channel_id, message_id, target,"
                " ttl, topic, urgency, created, expires, status, data)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    version,
                    to.uaid,
                    to.channel_id,
                    message.message_id,
                    message.target,
                    message.ttl,
                    message.topic,
                    message.urgency,
                    now,
                    now + message.ttl,
                    "dropped" if dropped else "queued",
                    b"" if dropped else message.data,
                ),
            )
            self._forget(cursor.lastrowid or 0)
        return version

    def _forget(self, number: int) -> None:
        if number % (KEPT // 10) == 0:
            self._store.execute(
                "DELETE FROM messages WHERE number <= ? AND status != 'queued'",
                (number - KEPT,),
            )

    def waiting(self, uaid: str) -> list[str]:
        """Return the versions that a browser has not acknowledged, oldest first."""
        self.expire()
        rows = self._store.execute(
            "SELECT version FROM messages WHERE status = 'queued' AND uaid = ?"
            " ORDER BY number",
            (uaid,),
        )
        return [row["version"] for row in rows]

    def notification(self, version: str) -> Any:
        """Return the row of a message that is still to be delivered, or None."""
        self.expire()
        return self._store.execute(
            "SELECT * FROM messages WHERE version = ? AND status = 'queued'",
            (version,),
        ).fetchone()

    def acknowledge(self, uaid: str, version: str, *, readable: bool) -> None:
        """Record that the browser has the message."""
        # What has expired on the way was still delivered: the browser says so.
        self._store.execute(
            "UPDATE messages SET status = ?, data = x'' WHERE version = ?"
            " AND uaid = ? AND status IN ('queued', 'expired', 'replaced')",
            ("delivered" if readable else "dropped", version, uaid),
        )

    def disconnected(self, uaid: str) -> None:
        """Drop what was not to be kept (a TTL of 0) for this browser."""
        self._finish("dropped", "ttl = 0 AND uaid = ?", uaid)

    def expire(self) -> None:
        """Give up what has waited for longer than its TTL."""
        self._finish("expired", "ttl > 0 AND expires <= ?", self._clock.now())

    def _finish(self, status: str, which: str, *parameters: str | float) -> None:
        # The conditions are constants of this module.
        sql = f"UPDATE messages SET status = ?, data = x'' WHERE {WAITING} AND {which}"  # noqa: S608  # nosec B608
        self._store.execute(sql, (status, *parameters))

    def forget(self) -> None:
        """Forget every message; subscriptions are the browsers' own and stay."""
        self._store.execute("DELETE FROM messages")

    def listing(self) -> list[dict[str, Any]]:
        """Return what ``/emulator/pushes`` shows, oldest first."""
        self.expire()
        rows = self._store.execute(
            "SELECT message_id, target, ttl, topic, urgency, status, created AS time"
            " FROM messages ORDER BY number"
        )
        return [dict(row) for row in rows]

    def latest(self, limit: int) -> list[dict[str, Any]]:
        """Return what became of the latest messages, newest first."""
        self.expire()
        rows = self._store.execute(
            "SELECT target, ttl, topic, urgency, status, created AS time"
            " FROM messages ORDER BY number DESC LIMIT ?",
            (limit,),
        )
        return [dict(row) for row in rows]


def _subscription(row: Any) -> PushSubscription:
    return PushSubscription(
        row["token"], row["uaid"], row["channel_id"], row["key"], bool(row["gone"])
    )
