"""The words of one message: what is sent, to whom, and what became of it.

Standard library only: every room may import this one.
"""

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import lru_cache


class TargetKind(StrEnum):
    """How FCM addresses an installation.

    ``FID`` is the Firebase Installation ID; ``TOKEN`` is the registration token, which
    Google deprecated in 2026 and which older registries still hold.
    https://firebase.google.com/docs/cloud-messaging/manage-tokens
    """

    FID = "fid"
    TOKEN = "token"  # noqa: S105  the name of a kind, not a secret  # nosec B105


class Urgency(StrEnum):
    """How much a message is worth waking a device for (RFC 8030, section 5.3)."""

    VERY_LOW = "very-low"
    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"


@dataclass(frozen=True, slots=True)
class Target:
    """The opaque string that FCM addresses; its value never shows in a ``repr``."""

    kind: TargetKind
    value: str = field(repr=False)

    @property
    def digest(self) -> str:
        """Return the SHA-256 of the value in hex: what the registry is unique by."""
        return hashlib.sha256(self.value.encode()).hexdigest()

    @property
    def fid_digest(self) -> str:
        """Return the digest of the FID: a token's part before its first colon."""
        return hashlib.sha256(self.value.partition(":")[0].encode()).hexdigest()


@lru_cache(maxsize=1024)
def _topic(tag: str) -> str:
    digest = hashlib.sha256(tag.encode()).digest()
    return base64.urlsafe_b64encode(digest[:24]).decode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """One content variant: what a browser shows, the same for many browsers.

    All values are text, as FCM's ``data`` wants them
    (https://firebase.google.com/docs/reference/fcm/rest/v1/projects.messages).
    """

    id: str
    title: str
    body: str
    url: str = ""
    tag: str = ""
    icon: str = ""
    badge: str = ""
    image: str = ""
    lang: str = ""
    dir: str = "auto"
    proof: str = field(default="", repr=False)
    off: str = ""
    off_label: str = ""

    def data(self) -> dict[str, str]:
        """Return the payload that our service worker reads, version 1.

        ``image`` is there only where there is one, ``proof`` only where a browser is to prove that it is this one, ``off``
        (a link, and the words of a button) only where there is something to turn off.
        """
        data = {
            "v": "1",
            "id": self.id,
            "title": self.title,
            "body": self.body,
            "url": self.url,
            "tag": self.tag,
            "icon": self.icon,
            "badge": self.badge,
            "lang": self.lang,
            "dir": self.dir,
        }
        if self.image:
            data["image"] = self.image
        if self.proof:
            data["proof"] = self.proof
        if self.off:
            data |= {"off": self.off, "off_label": self.off_label}
        return data

    @property
    def topic(self) -> str:
        """Return the Web Push topic: 32 URL-safe characters (RFC 8030, section 5.4)."""
        return _topic(self.tag)

    def but(self, **changes: str) -> "Content":
        """Return a copy with these changes."""
        return replace(self, **changes)

    def size(self) -> int:
        """Return the bytes of keys and values, which is what FCM limits."""
        return sum(len(k.encode()) + len(v.encode()) for k, v in self.data().items())


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """One content variant on its way to one installation.

    ``ttl`` is in seconds and is what is left of the validity at this attempt; ``topic``
    makes a repeat replace what a push service still holds (RFC 8030, section 5.4).
    ``foreign``: the installation's worker is not ours and shows nothing for data alone.
    """

    target: Target
    content: Content
    ttl: int
    urgency: Urgency = Urgency.NORMAL
    topic: str = ""
    foreign: bool = False
    dry_run: bool = False


class Answer(StrEnum):
    """What FCM said of one envelope: the closed vocabulary of backends.

    What each of them does to browser, delivery, batch and notification stands in
    ``wagtail_push.outcomes``, and only there.
    """

    ACCEPTED = "accepted"
    UNREGISTERED = "unregistered"
    SENDER_MISMATCH = "sender-mismatch"
    BAD_TARGET = "bad-target"
    BAD_MESSAGE = "bad-message"
    BUSY = "busy"
    UNAVAILABLE = "unavailable"
    MISCONFIGURED = "misconfigured"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryResult:
    """What became of one envelope.

    ``message_id`` is FCM's name for it (empty unless accepted); ``retry_after`` is in
    seconds, as the answer's header said; ``detail`` is for operators and holds no
    target and no credential.
    """

    answer: Answer
    message_id: str = ""
    retry_after: int | None = None
    detail: str = ""


class _Everyone:
    """The type of ``EVERYONE``; there is one instance."""

    def __repr__(self) -> str:
        return "EVERYONE"


#: Addresses every account, or those that the adapter's ``everyone()`` names.
EVERYONE = _Everyone()


@dataclass(frozen=True, slots=True)
class Audience:
    """One of the adapter's named audiences, such as ``Audience("business")``."""

    name: str


class Personal:
    """One account of a mailing with its own words: ``Personal(account, number="7")``.

    The keyword arguments fill the placeholders ``{number}`` of title, body and URL.
    """

    __slots__ = ("account", "params")

    def __init__(self, account: object, **params: object) -> None:
        """Keep the host's account (or its key) and its parameters as text."""
        self.account = account
        self.params: Mapping[str, str] = {k: str(v) for k, v in params.items()}
