"""How long frames take over memif, and how many get lost, at parts of what a device can do."""

import argparse
import json
import time
from dataclasses import dataclass
from pathlib import Path

from . import spread
from .devices import Encluster, TestpmdCsum, TestpmdIo
from .generator import Captures
from .process import run as run_program
from .profiles import PROFILES
from .session import CPUS, add_common_options, checked, machine, take_turns
from .trial import Watch, fresh

DEVICES = {device.name: device for device in (TestpmdIo, TestpmdCsum, Encluster)}
REFERENCE = TestpmdIo.name
PROFILE = "classA"
LOADS = (10, 50, 90)  # percent
PROBE_MEGABYTES = 64
# A round in which a polling thread waited longer than this part of it for its CPU is left out. Medians
# and losses stand that much; what is above p90 may then be the machine's.
TOLERATED = 0.02
DESCRIPTION = (
    "Sends datagrams through enclusterd and others over memif, first as fast as one CPU can send and\n"
    f"receive, then at {LOADS} percent of what arrived, and compares with testpmd io what they take\n"
    "for it, in microseconds, and what they lose."
)


def add_options(parser: argparse.ArgumentParser) -> None:
    add_common_options(parser, DEVICES, rounds=7, seconds=1)


@dataclass
class Load:
    """What became of a load in one round; times are in nanoseconds."""

    percentage: int  # of the device's capacity; 0: as fast as possible
    rate: float  # frames a second that arrived
    sent: int
    arrived: int
    waited: int  # the probe, for its CPU
    p50: int
    p99: int
    p999: int
    most: int
    clean: bool = True

    @property
    def lost(self) -> float:
        return max(0.0, 1 - self.arrived / self.sent) if self.sent else 0.0


def trial(kind, captures: Captures, folder: Path, program: Path, seconds: float) -> dict:
    """What became of the loads, by their percentages."""
    device = kind(captures.profile, fresh(folder), folder, CPUS[1])
    try:
        device.start()
        watch, begin = Watch(device.polling_threads()), time.monotonic()
        outside, inside = device.link().devices
        text = run_program(
            *("taskset", "--cpu-list", CPUS[0], program, "--hugepages"),
            *("--frames", captures.files("inward")[0], "--from", outside, "--to", inside),
            *("--milliseconds", round(seconds * 1000), *LOADS),
        )
        loads = [Load(**load) for load in json.loads(text)]
        undisturbed = watch.waited() <= TOLERATED * (time.monotonic() - begin)
        for load in loads:
            load.clean = undisturbed and load.waited <= TOLERATED * seconds * 1e9
        return {load.percentage: load for load in loads}
    finally:
        device.stop()


def figures(found: list, device: str, percentage: int) -> dict:
    """Over the clean rounds."""
    pairs = [(one[device][percentage], one.get(REFERENCE, {}).get(percentage)) for one in found]
    clean = [load for load, _ in pairs if load.clean]
    ratios = [load.p50 / base.p50 for load, base in pairs if base and load.clean and base.clean]
    return {
        "mpps": spread.of(load.rate / 1e6 for load in clean),
        "lost": spread.of(load.lost for load in clean),
        **{
            name: spread.of(getattr(load, name) / 1e3 for load in clean)
            for name in ("p50", "p99", "p999")
        },
        "ratio": spread.of(ratios),
        "rounds": len(clean),
        "rounds_left_out": len(pairs) - len(clean),
    }


HEADER = (
    f"{'load':>6} {'device':<13} {'Mpps':>6} {'lost':>8} {'p50':>6} {'range, us':>13} {'p99':>8} "
    f"{'p99.9':>8} {'ratio':>5} {'range, p50':>11} {'rounds':>7}"
)


def line(device: str, percentage: int, what: dict) -> str:
    load = f"{percentage} %" if percentage else "full"
    if not what["rounds"]:
        return f"{load:>6} {device:<13} no clean round of {what['rounds_left_out']}"
    return (
        f"{load:>6} {device:<13} {what['mpps'].median:6.2f} {what['lost'].median:8.3%} "
        f"{spread.cells(what['p50'], 6, 2)} {what['p99'].median:8.2f} {what['p999'].median:8.2f} "
        f"{spread.cells(what['ratio'], 5, 2)} "
        f"{what['rounds']:>4}/{what['rounds'] + what['rounds_left_out']}"
    )


def run(chosen: argparse.Namespace, folder: Path) -> int:
    captures = Captures(PROFILES[PROFILE].make(), folder / PROFILE, 1)
    program = chosen.build_dir / "bench" / "bench_latency"
    found, broken_off = take_turns(
        chosen,
        DEVICES,
        PROBE_MEGABYTES,
        lambda device: trial(device, captures, folder / "run", program, chosen.seconds),
    )
    if chosen.check:
        return checked(found[0])
    results = []
    print(HEADER)
    for percentage in (0, *LOADS):
        for device in found[0]:
            what = figures(found, device, percentage)
            print(line(device, percentage, what))
            results.append({"device": device, "percentage": percentage, **what})
    file = chosen.output.with_suffix(".json")
    spread.write_json(file, {"machine": machine(), "results": results, "rounds": found})
    print(f"written: {file}")
    if broken_off:
        raise broken_off
    return 0 if all(result["rounds"] for result in results) else 1
