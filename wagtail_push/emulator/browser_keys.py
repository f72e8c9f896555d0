"""What a browser keeps secret for its push subscription (RFC 8291, section 2)."""

import secrets

import http_ece
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat


class BrowserKeys:
    """An ECDH pair on P-256 and an authentication secret."""

    def __init__(self) -> None:
        self._private = ec.generate_private_key(ec.SECP256R1())
        self.auth = secrets.token_bytes(16)

    @property
    def public(self) -> bytes:
        """Return the public half as an uncompressed point."""
        return self._private.public_key().public_bytes(
            Encoding.X962, PublicFormat.UncompressedPoint
        )

    def decrypt(self, body: bytes) -> bytes:
        """Return the message in ``body``, or raise ``http_ece.ECEException``."""
        return bytes(
            http_ece.decrypt(
                body,
                private_key=self._private,
                auth_secret=self.auth,
                version="aes128gcm",
            )
        )
