"""The one place where the emulator reads the time."""

import time


class Clock:
    """Tell the time, and the time of the push service, which may be put ahead.

    Only the age of push messages follows :meth:`now`. Access tokens and VAPID
    claims are made and read by programs that know nothing of a clock put ahead, so
    they follow :meth:`real`.
    """

    def __init__(self) -> None:
        self._ahead = 0.0

    def real(self) -> float:
        """Return the time of this machine in seconds since 1970."""
        return time.time()

    def now(self) -> float:
        """Return the time of the push service in seconds since 1970."""
        return self.real() + self._ahead

    def reset(self) -> None:
        """Take the time of this machine again."""
        self._ahead = 0.0

    def advance(self, seconds: float) -> float:
        """Put the push service's clock ahead and return its new time."""
        self._ahead += seconds
        return self.now()
