"""A backend that hands over one message after the other, so that a test can step in."""

from wagtail_push.backends.fcm import FCMBackend


class OneByOne(FCMBackend):
    """FCM, in pages of one."""

    def __init__(self) -> None:
        """Make the pages small."""
        super().__init__()
        self.page_size = 1
