"""Voluntary Application Server Identification (RFC 8292): sign and verify."""

import base64
import json
import re
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from py_vapid import Vapid02

from wagtail_push.emulator.store import Store


SUBJECT = "mailto:emulator@localhost"
DAY = 24 * 60 * 60

HEADER = re.compile(r"vapid\s+(.+)", re.IGNORECASE)
PARAMETER = re.compile(r"([tk])=([\w.=-]+)", re.ASCII)


class VapidError(Exception):
    """Say why a push message is refused, with the status of RFC 8292, 4.2."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


def decode(text: str) -> bytes:
    """Return the bytes behind base64url text, padded or not, or raise ValueError."""
    stripped = text.rstrip("=")
    if not re.fullmatch(r"[\w-]*", stripped, re.ASCII):
        raise ValueError("not base64url")
    return base64.urlsafe_b64decode(stripped + "=" * (-len(stripped) % 4))


def encode(data: bytes) -> str:
    """Return ``data`` as base64url text without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decode_point(text: str) -> bytes:
    """Return an uncompressed point of P-256, or raise ValueError."""
    point = decode(text)
    ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    if len(point) != 65:
        raise ValueError("not an uncompressed point")
    return point


class KeyPair:
    """The project's pair, which Firebase calls the web push certificate."""

    def __init__(self, store: Store) -> None:
        pem = store.read("vapid")
        if pem is None:
            self._vapid = Vapid02()
            self._vapid.generate_keys()
            store.write("vapid", self._vapid.private_pem().decode())
        else:
            self._vapid = Vapid02.from_pem(pem.encode())

    @property
    def public(self) -> str:
        """Return the half that browsers get as ``applicationServerKey``."""
        point = self._vapid.public_key.public_bytes(
            Encoding.X962, PublicFormat.UncompressedPoint
        )
        return encode(point)

    def sign(self, audience: str, now: float) -> str:
        """Return the Authorization header for a push service's origin."""
        claims = {"aud": audience, "exp": int(now) + DAY // 2, "sub": SUBJECT}
        return str(self._vapid.sign(claims)["Authorization"])


def verify(authorization: str | None, key: str, audience: str, now: float) -> None:
    """Raise VapidError unless the header proves possession of ``key``."""
    if not authorization:
        raise VapidError(401, "This subscription needs a VAPID signature.")
    header = HEADER.fullmatch(authorization.strip())
    parameters = dict(PARAMETER.findall(header[1])) if header else {}
    if parameters.keys() != {"t", "k"}:
        raise VapidError(403, "Authorization must read: vapid t=…, k=…")
    if parameters["k"].rstrip("=") != key:
        raise VapidError(403, "The key is not the one of this subscription.")
    claims = _claims(parameters["t"], key)
    if claims.get("aud") != audience:
        raise VapidError(403, f"The claim aud must be {audience}.")
    expires = claims.get("exp")
    if not isinstance(expires, int | float) or not now < expires <= now + DAY:
        raise VapidError(403, "The claim exp must be within the next 24 hours.")


def _claims(token: str, key: str) -> dict[str, Any]:
    signed, _, signature = token.rpartition(".")
    try:
        header, claims = (json.loads(decode(part)) for part in signed.split("."))
        if len(decode(signature)) != 64 or header["alg"] != "ES256":
            raise ValueError("not an ES256 signature")
        verifier = Vapid02.from_raw_public(key.encode())
        genuine = verifier.verify_token(signed.encode(), signature)
    except (ValueError, KeyError, TypeError, RecursionError):
        raise VapidError(403, "The VAPID token cannot be read.") from None
    if not genuine or not isinstance(claims, dict):
        raise VapidError(403, "The VAPID signature is wrong.")
    return claims
