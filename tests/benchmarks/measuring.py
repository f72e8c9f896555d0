"""What processes have used: CPU seconds, and memory at its highest. Linux only."""

from __future__ import annotations

import os
import resource
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Used:
    """``cpu`` in seconds, ``peak`` in MiB of the largest process, and how many."""

    cpu: float
    peak: float
    processes: int


@dataclass(frozen=True, slots=True)
class Process:
    """One that lives: ``cpu`` in seconds with its ended children, ``peak`` in MiB."""

    pid: int
    parent: int
    cpu: float
    peak: float


def used_by_me() -> Used:
    """Return what this process and its ended children have used."""
    mine = resource.getrusage(resource.RUSAGE_SELF)
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = sum(usage.ru_utime + usage.ru_stime for usage in (mine, children))
    # In KiB on Linux.
    return Used(cpu, max(mine.ru_maxrss, children.ru_maxrss) / 1024, 1)


def used_by_session(pid: int) -> Used:
    """Return what all processes of the session that ``pid`` leads have used."""
    found = list(session(pid))
    peak = max((process.peak for process in found), default=0.0)
    return Used(sum(process.cpu for process in found), peak, len(found))


def session(pid: int) -> Iterator[Process]:
    """Yield the living processes of the session that ``pid`` leads (proc(5))."""
    for folder in Path("/proc").iterdir():
        if not folder.name.isdecimal():
            continue
        try:
            stat = (folder / "stat").read_text()
            status = (folder / "status").read_text()
        except (FileNotFoundError, ProcessLookupError):
            continue
        # The name in parentheses may hold spaces: fields count from behind it.
        fields = stat.rpartition(")")[2].split()
        # A zombie has no memory any more.
        if int(fields[3]) == pid and "VmHWM:" in status:
            peak = int(status.partition("VmHWM:")[2].split()[0]) / 1024
            cpu = sum(map(int, fields[11:15])) / TICKS
            yield Process(int(folder.name), int(fields[1]), cpu, peak)
