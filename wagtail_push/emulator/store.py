"""The file that holds what must outlive the process.

SQLite in WAL mode: a transaction is in the log before the request is answered, so
killing the process loses nothing that was promised. The file belongs to one
emulator at a time.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


FILE_NAME = "emulator.sqlite3"
VERSION = 1

SCHEMA = (
    "CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL)",
    """CREATE TABLE access_tokens (
        token TEXT PRIMARY KEY, expires REAL NOT NULL)""",
    """CREATE TABLE installations (
        project TEXT NOT NULL, fid TEXT NOT NULL, refresh_token TEXT NOT NULL,
        deleted INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (project, fid))""",
    """CREATE TABLE registrations (
        target TEXT PRIMARY KEY, kind TEXT NOT NULL, fid TEXT NOT NULL,
        project TEXT NOT NULL, endpoint TEXT NOT NULL, p256dh TEXT NOT NULL,
        auth TEXT NOT NULL, alive INTEGER NOT NULL, created REAL NOT NULL)""",
    "CREATE INDEX registrations_fid ON registrations (fid)",
    "CREATE TABLE user_agents (uaid TEXT PRIMARY KEY)",
    """CREATE TABLE subscriptions (
        token TEXT PRIMARY KEY, uaid TEXT NOT NULL, channel_id TEXT NOT NULL,
        key TEXT NOT NULL, gone INTEGER NOT NULL DEFAULT 0)""",
    "CREATE INDEX subscriptions_channel ON subscriptions (uaid, channel_id)",
    """CREATE TABLE messages (
        number INTEGER PRIMARY KEY AUTOINCREMENT, version TEXT NOT NULL UNIQUE,
        uaid TEXT NOT NULL, channel_id TEXT NOT NULL, message_id TEXT NOT NULL,
        target TEXT NOT NULL, ttl INTEGER NOT NULL, topic TEXT NOT NULL,
        urgency TEXT NOT NULL, created REAL NOT NULL, expires REAL NOT NULL,
        status TEXT NOT NULL, data BLOB)""",
    """CREATE INDEX messages_waiting ON messages (uaid, channel_id)
        WHERE status = 'queued'""",
    """CREATE INDEX messages_expiry ON messages (expires)
        WHERE status = 'queued' AND ttl > 0""",
)


class StateError(Exception):
    """Say why the state folder cannot be used."""


class Store:
    """Open the state file, and run statements and transactions on it."""

    def __init__(self, folder: Path) -> None:
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._connection = sqlite3.connect(
                folder / FILE_NAME, isolation_level=None, timeout=0.2
            )
            self._connection.row_factory = sqlite3.Row
            self.execute("PRAGMA locking_mode = EXCLUSIVE")
            self.execute("PRAGMA journal_mode = WAL")
            # Without a sync per commit a power cut may lose the last moments; the
            # death of the process may not.
            self.execute("PRAGMA synchronous = NORMAL")
            self._create()
        except (OSError, sqlite3.Error) as error:
            message = f"Cannot use the state folder {folder}: {error}"
            if "locked" in str(error):
                message += " (another emulator is using it)"
            raise StateError(message) from None

    def _create(self) -> None:
        with self.transaction():
            (version,) = self.execute("PRAGMA user_version").fetchone()
            if version == VERSION:
                return
            if version:
                raise sqlite3.Error(
                    f"it was written by another version ({version}, not {VERSION})"
                )
            for statement in SCHEMA:
                self.execute(statement)
            self.execute(f"PRAGMA user_version = {VERSION}")

    def execute(
        self, sql: str, parameters: tuple[str | int | float | bytes, ...] = ()
    ) -> sqlite3.Cursor:
        """Run one statement; outside a transaction it is committed at once."""
        return self._connection.execute(sql, parameters)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Commit what happens inside, or nothing of it."""
        self.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self.execute("ROLLBACK")
            raise
        self.execute("COMMIT")

    def read(self, name: str) -> str | None:
        """Return the value kept under ``name``."""
        row = self.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
        return None if row is None else str(row["value"])

    def write(self, name: str, value: str) -> None:
        """Keep ``value`` under ``name``."""
        self.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (name, value))

    def close(self) -> None:
        """Close the file."""
        self._connection.close()
