"""The targets of the registries that benchmarks and faults are made with."""

#: What stands behind the FID: together 163 characters, as long as Google's tokens.
REST = f":APA91b{'x' * 133}"

#: The same as SQL of ``i``.
FID_SQL = "('cccc' || (100000000000000000 + i))"
TARGET_SQL = f"({FID_SQL} || '{REST}')"


def target(number: int) -> str:
    """Return the target of the installation with this key."""
    return f"cccc{100000000000000000 + number}{REST}"


def total(wanted: int) -> int:
    """Return how many browsers there have to be, so that so many want it."""
    return wanted + wanted // 10


def is_wanted(number: int) -> bool:
    """Tell whether the browser of this installation wants what is sent."""
    return number % 11 != 0
