"""Make a key pair for Web Push."""

import base64
from typing import Any

from django.core.management.base import BaseCommand


class Command(BaseCommand):
    """Make a key pair that the Firebase console can import."""

    help = (
        "Makes a Web Push key pair to import in the Firebase console. Usually the console "
        "makes one by itself, and nothing of this is needed."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        """Print both halves, as the console and WAGTAIL_PUSH take them."""
        from cryptography.hazmat.primitives.asymmetric import ec
        from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

        key = ec.generate_private_key(ec.SECP256R1())
        private = key.private_numbers().private_value.to_bytes(32, "big")
        point = (Encoding.X962, PublicFormat.UncompressedPoint)
        public = _base64url(key.public_key().public_bytes(*point))
        self.stdout.write(f'"VAPID_KEY": "{public}",')
        self.stdout.write(f"Private key: {_base64url(private)}")
        if options["verbosity"]:
            self.stderr.write(
                "The first line belongs into WAGTAIL_PUSH. Import both in the Firebase "
                "console under Project settings, Cloud Messaging, Web Push certificates; "
                "then nobody needs the private key any more. Browsers that are registered "
                "with another key renew themselves on their next visit."
            )


def _base64url(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()
