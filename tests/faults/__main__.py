"""Break what sends, and hold what must hold all the same: ``tox run -e faults``.

Every part is a process of its own with servers of its own. It prints its figures, or what
did not hold; the others go on.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time


#: What each part runs, and how many messages and disturbances it has unless told.
PARTS: dict[str, tuple[list[str], int, int | None]] = {
    "kills": (["disturbed", "kill", "--on", "postgresql"], 20_000, 20),
    "kills_sqlite": (["disturbed", "kill", "--on", "sqlite"], 20_000, 5),
    "flushes": (["disturbed", "flush"], 20_000, 5),
    "cuts": (["disturbed", "cut"], 20_000, 5),
    "chaos": (["chaos"], 50_000, None),
    "credentials": (["credentials"], 5_000, None),
    "receipts": (["receipts"], 20_000, None),
    "pace": (["pace"], 20_000, None),
    "latency": (["latency"], 200_000, None),
    "latency_sqlite": (["latency", "--on", "sqlite"], 200_000, None),
}


def arguments() -> argparse.Namespace:
    """Return what was asked for."""
    parser = argparse.ArgumentParser(prog="tox run -e faults --", description=__doc__)
    parser.add_argument("--only", action="append", choices=PARTS, help="one part alone")
    parser.add_argument("--n", type=int, help="messages, in every part")
    parser.add_argument("--times", type=int, help="kills, flushes or cuts")
    return parser.parse_args()


def main() -> None:
    """Run the parts; fail if one of them did not hold."""
    asked = arguments()
    failed = []
    for name in asked.only or PARTS:
        command, number, times = PARTS[name]
        module, *options = command
        options += ["--n", str(asked.n or number)]
        if times is not None:
            options += ["--times", str(asked.times or times)]
        print(f"\n{name}", flush=True)
        begun = time.monotonic()
        run = subprocess.run(
            [sys.executable, "-W", "ignore", "-m", f"tests.faults.{module}", *options],
            capture_output=True,
            text=True,
        )
        if run.returncode:
            failed.append(name)
            print(run.stderr)
        for line in run.stdout.splitlines():
            show(line)
        print(f"  {time.monotonic() - begun:.0f} s in all", flush=True)
    print(f"\n{', '.join(failed)} did not hold" if failed else "\nAll held")
    raise SystemExit(1 if failed else 0)


def show(line: str) -> None:
    """Print the figures of a part; whatever else it has said is left out."""
    if line.startswith("{"):
        for name, value in json.loads(line).items():
            print(f"  {name}: {value}")


if __name__ == "__main__":
    main()
