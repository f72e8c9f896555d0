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
from concurrent.futures import ThreadPoolExecutor


#: What each part runs, and how many messages and disturbances it has unless told.
PARTS: dict[str, tuple[list[str], int, int | None]] = {
    "kills": (["disturbed", "kill", "--on", "postgresql"], 20_000, 20),
    "kills_sqlite": (["disturbed", "kill", "--on", "sqlite"], 20_000, 5),
    "flushes": (["disturbed", "flush"], 20_000, 5),
    "cuts": (["disturbed", "cut"], 20_000, 5),
    "credentials": (["credentials"], 5_000, None),
    "chaos": (["chaos"], 50_000, None),
    "receipts": (["receipts"], 20_000, None),
    "pace": (["pace"], 20_000, None),
    "latency": (["latency"], 200_000, None),
    "latency_sqlite": (["latency", "--on", "sqlite"], 200_000, None),
}

#: These mostly wait, for a lease or the next sweep: two at a time. The others measure.
WAITING = {"kills", "kills_sqlite", "flushes", "cuts", "credentials"}


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
    wanted = asked.only or list(PARTS)
    held = {}
    with ThreadPoolExecutor(2) as two:
        waiting = {
            name: two.submit(run, name, asked) for name in wanted if name in WAITING
        }
        for name, part in waiting.items():
            held[name] = part.result()
    for name in wanted:
        if name not in WAITING:
            held[name] = run(name, asked)
    failed = [name for name, well in held.items() if not well]
    print(f"\n{', '.join(failed)} did not hold" if failed else "\nAll held")
    raise SystemExit(1 if failed else 0)


def run(name: str, asked: argparse.Namespace) -> bool:
    """Run one part and print its figures; tell whether all held."""
    (module, *options), number, times = PARTS[name]
    options += ["--n", str(asked.n or number)]
    if times is not None:
        options += ["--times", str(asked.times or times)]
    begun = time.monotonic()
    part = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", f"tests.faults.{module}", *options],
        capture_output=True,
        text=True,
    )
    told = [f"\n{name}: {time.monotonic() - begun:.0f} s"]
    if part.returncode:
        told.append(part.stderr)
    for line in part.stdout.splitlines():
        # Whatever else it has said is left out.
        if line.startswith("{"):
            told += [f"  {key}: {value}" for key, value in json.loads(line).items()]
    # In one piece: two of them may end at the same moment.
    print("\n".join(told), flush=True)
    return part.returncode == 0


if __name__ == "__main__":
    main()
