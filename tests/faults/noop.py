"""A task that does nothing but note when it ran."""

import time
from pathlib import Path


def note(path: str) -> None:
    """Append the time of now to a file."""
    with Path(path).open("a") as file:
        file.write(f"{time.time()}\n")
