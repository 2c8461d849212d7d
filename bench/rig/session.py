"""What all measurements of the rig share: the machine, its huge pages, progress, command lines."""

import argparse
import os
import platform
import re
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from . import spread
from .process import RigError

CPUS = (0, 1)  # of the generator, and of the device
HUGE_PAGES = Path("/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages")


def add_common_options(
    parser: argparse.ArgumentParser, devices: dict, rounds: int, seconds: float
) -> None:
    """With their defaults; `devices` are those that may be named."""
    parser.add_argument(
        "--device",
        action="append",
        choices=devices,
        metavar="NAME",
        help=f"one of {', '.join(devices)}; may be repeated (default: all)",
    )
    parser.add_argument(
        "--seconds", type=float, default=seconds, help="of a window (default %(default)s)"
    )
    add_round_options(parser, rounds)


def add_round_options(parser: argparse.ArgumentParser, rounds: int) -> None:
    """What every measurement can be told."""
    parser.add_argument(
        "--rounds", type=int, default=rounds, help="of all that is measured (default %(default)s)"
    )
    parser.add_argument(
        "--check",
        action="store_true",
        help="only sees that each does what it should: one round, whose times say nothing",
    )
    parser.add_argument(
        "--output",
        type=Path,
        metavar="STEM",
        help="of the names of files written (default: bench/results/DATE-COMMAND in the project)",
    )
    parser.add_argument("--build-dir", type=Path, required=True, help=argparse.SUPPRESS)


def checked(what: Iterable) -> int:
    """Says what worked, each a name or a tuple of names. Returns the exit status."""
    names = [name if isinstance(name, str) else " ".join(name) for name in what]
    for name in names:
        print(f"ok {name}")
    print(f"{len(names)} passed, 0 failed")
    return 0


class HugePages:
    """Reserves what is missing, and gives it back."""

    def __init__(self, pages: int):
        self._pages = pages

    def __enter__(self):
        self._before = int(HUGE_PAGES.read_text())
        if self._before < self._pages:
            HUGE_PAGES.write_text(str(self._pages))
        if int(HUGE_PAGES.read_text()) < self._pages:
            raise RigError(f"{self._pages} huge pages of 2 MB can't be reserved: free some memory")

    def __exit__(self, *_):
        HUGE_PAGES.write_text(str(self._before))


def machine() -> dict:
    information = Path("/proc/cpuinfo").read_text()
    model = re.search(r"^model name\s*:\s*(.+)$", information, re.M)
    return {
        "cpu": model[1].strip() if model else platform.machine(),
        "cpus": os.cpu_count(),
        "kernel": f"Linux {platform.release()}",
        "date": time.strftime("%Y-%m-%d"),
    }


def hertz() -> float:
    """Of the time-stamp counter, as the kernel says; what it calls MHz is that of the CPU."""
    information = Path("/proc/cpuinfo").read_text()
    match = re.search(r"^cpu MHz\s*:\s*([\d.]+)$", information, re.M)
    return float(match[1]) * 1e6 if match else float("nan")


class Progress:
    def __init__(self, total: int):
        self._total, self._done, self._begun = total, 0, time.monotonic()
        self._shown = sys.stderr.isatty()

    def step(self, what: str) -> None:
        if self._shown:
            filled = 30 * self._done // self._total
            left = ""
            if self._done:
                seconds = (time.monotonic() - self._begun) / self._done * (self._total - self._done)
                left = f"{seconds / 60:.0f} min left"
            print(
                f"\r[{'#' * filled}{'.' * (30 - filled)}] {self._done}/{self._total} {what:<28}"
                f"{left:<12}",
                end="",
                file=sys.stderr,
                flush=True,
            )
        self._done += 1

    def clear(self) -> None:
        if self._shown:
            print("\r\033[K", end="", file=sys.stderr, flush=True)


def repeat(times: int, once: Callable) -> tuple:
    """What `once()` returned, so many times; and what broke it off, which is to be raised when the
    rest has been reported, or None."""
    found: list = []
    for _ in range(times):
        try:
            found.append(once())
        except (RigError, KeyboardInterrupt, SystemExit) as reason:
            return found, reason
    return found, None


def take_turns(chosen: argparse.Namespace, devices: dict, megabytes: int, trial: Callable) -> tuple:
    """Rounds in which each chosen device has its turn: what `trial(device)` returns, by its name;
    at least one, as repeat() does. `megabytes`: of huge pages, besides those of a device."""
    kinds = [devices[name] for name in dict.fromkeys(chosen.device or devices)]
    progress = Progress(len(kinds) * chosen.rounds)

    def one_round() -> dict:
        found = {}
        for kind in kinds:
            progress.step(kind.name)
            found[kind.name] = trial(kind)
        return found

    with HugePages((max(kind.megabytes for kind in kinds) + megabytes) // 2 + 1):
        rounds, broken_off = repeat(chosen.rounds, one_round)
    progress.clear()
    if not rounds:
        raise broken_off
    return rounds, broken_off


@dataclass
class Sheet:
    """How results are shown: one line a device."""

    header: str
    figures: Callable  # of all rounds and a device's name: a dictionary; "rounds": the clean ones
    line: Callable  # of a device's name and its figures


def compare(chosen: argparse.Namespace, devices: dict, trial: Callable, sheet: Sheet) -> int:
    """A whole measurement, from turns to table and file. Returns the exit status."""
    found, broken_off = take_turns(chosen, devices, 0, trial)
    if chosen.check:
        return checked(found[0])
    print(sheet.header)
    results = {device: sheet.figures(found, device) for device in found[0]}
    for device, what in results.items():
        print(sheet.line(device, what))
    file = chosen.output.with_suffix(".json")
    spread.write_json(file, {"machine": machine(), "results": results, "rounds": found})
    print(f"written: {file}")
    if broken_off:
        raise broken_off
    return 0 if all(what["rounds"] for what in results.values()) else 1
