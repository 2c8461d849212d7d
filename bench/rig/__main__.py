"""The program behind scripts/bench."""

import argparse
import os
import platform
import re
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path

from . import captures, cluster, report
from .devices import Encluster, OpenVSwitchConntrack, OpenVSwitchStateless, TestpmdCsum, TestpmdIo
from .generator import Captures, megabytes as generator_megabytes
from .kernel import Nftables
from .process import RigError
from .profiles import PROFILES
from .trial import trial

DEVICES = {
    device.name: device
    for device in (
        TestpmdIo,
        TestpmdCsum,
        Encluster,
        OpenVSwitchConntrack,
        OpenVSwitchStateless,
        Nftables,
    )
}
REFERENCE = TestpmdIo.name
CPUS = (0, 1)  # of the generator, and of the device
MAC = "[0-9a-fA-F]{2}(?::[0-9a-fA-F]{2}){5}"
HUGE_PAGES = Path("/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages")


def parse(words: list) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="scripts/bench",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description="Offers the same frames over memif to enclusterd and to others, one after the "
        "other,\nseveral rounds, each on one CPU, and compares what they deliver with testpmd io.",
        epilog="profiles:\n"
        + "".join(f"  {name:<10} {recipe.meaning}\n" for name, recipe in PROFILES.items()),
    )
    parser.add_argument(
        "--profile",
        action="append",
        choices=PROFILES,
        metavar="NAME",
        help="one of the profiles below; may be repeated (default: all)",
    )
    parser.add_argument(
        "--device",
        action="append",
        choices=DEVICES,
        metavar="NAME",
        help=f"one of {', '.join(DEVICES)}; may be repeated (default: all)",
    )
    parser.add_argument(
        "--rounds", type=int, default=7, help="of all devices (default %(default)s)"
    )
    parser.add_argument(
        "--seconds", type=float, default=2, help="of a window (default %(default)s)"
    )
    parser.add_argument(
        "--check",
        action="store_true",
        help="only sees that each device does what it should; measures nothing",
    )
    parser.add_argument(
        "--captures",
        type=Path,
        metavar="DIR",
        help="only writes what bench/pktgen replays with real cards: captures of the profiles, and "
        "the gateway's configuration",
    )
    parser.add_argument(
        "--macs",
        metavar="OUTSIDE,INSIDE",
        default=f"{cluster.OUTSIDE_MAC},{cluster.INSIDE_MAC}",
        help="with --captures: the MAC addresses of the gateway's cards (default %(default)s)",
    )
    parser.add_argument("--build-dir", type=Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument(
        "--output",
        type=Path,
        metavar="STEM",
        help="writes STEM.json, STEM.svg and STEM.png (default: "
        "bench/results/DATE in the project)",
    )
    chosen = parser.parse_args(words)
    if chosen.rounds < 1 or not 0.1 <= chosen.seconds <= 600:
        parser.error("--rounds begins at 1; --seconds are 0.1 to 600")
    if not re.fullmatch(f"{MAC},{MAC}", chosen.macs):
        parser.error("--macs takes two addresses, as in 02:00:00:00:01:01,02:00:00:00:02:01")
    return chosen


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


class Round:
    """What all devices do with one profile, one after the other."""

    def __init__(self, name: str, devices: list, folder: Path):
        profile = PROFILES[name].make()
        self._name, self._devices, self._folder = name, devices, folder
        self._captures = {
            queues: Captures(profile, folder / name / str(queues), queues)
            for queues in {device.queues for device in devices}
        }

    def megabytes(self) -> int:
        """Of huge pages, for the generator and the device that needs most."""
        return max(
            generator_megabytes(self._captures[device.queues]) + device.megabytes
            for device in self._devices
        )

    def run(self, seconds: float | None, progress: Progress) -> dict:
        windows = {}
        for device in self._devices:
            progress.step(f"{self._name}, {device.name}")
            windows[device.name] = trial(
                device, self._captures[device.queues], self._folder / "run", CPUS, seconds
            )
        return windows

    def forget(self) -> None:
        shutil.rmtree(self._folder / self._name)


def measure(chosen: argparse.Namespace, folder: Path) -> dict:
    profiles = list(dict.fromkeys(chosen.profile or PROFILES))
    devices = [DEVICES[name] for name in dict.fromkeys(chosen.device or DEVICES)]
    rounds = 1 if chosen.check else chosen.rounds
    progress = Progress(len(profiles) * len(devices) * rounds)
    results: dict = {}
    if not chosen.check:
        print(report.HEADER)
    for name in profiles:
        profile_round = Round(name, devices, folder)
        with HugePages(profile_round.megabytes() // 2 + 1):
            for _ in range(rounds):
                windows = profile_round.run(None if chosen.check else chosen.seconds, progress)
                report.note_round(results, name, windows, REFERENCE)
        profile_round.forget()
        progress.clear()
        for device in devices:
            result = results[name, device.name]
            print(
                f"ok {name} {device.name}" if chosen.check else report.line(result, hertz()),
                flush=True,
            )
    return results


def write(chosen: argparse.Namespace, results: dict) -> None:
    stem = chosen.output or Path(__file__).parents[1] / "results" / time.strftime("%Y-%m-%d")
    stem.parent.mkdir(parents=True, exist_ok=True)
    json_file = stem.with_suffix(".json")
    report.write_json(json_file, results, machine(), hertz())
    files = [json_file, *report.plot(stem, results, hertz(), machine())]
    print("written: " + ", ".join(str(file) for file in files))


def main(words: list) -> int:
    chosen = parse(words)
    if chosen.captures is not None:
        captures.write(
            chosen.captures, chosen.profile or list(PROFILES), tuple(chosen.macs.split(","))
        )
        return 0
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    if (os.cpu_count() or 1) < 2:
        raise RigError("two CPUs are needed: one for the generator, one for the device")
    Encluster.program = chosen.build_dir / "enclusterd"
    folder = Path(tempfile.mkdtemp(prefix="encluster-bench."))
    try:
        results = measure(chosen, folder)
    except RigError:
        print(f"bench: the logs are in {folder}/run", file=sys.stderr)
        raise
    shutil.rmtree(folder)
    if chosen.check:
        print(f"{len(results)} passed, 0 failed")
        return 0
    write(chosen, results)
    unclear = [result for result in results.values() if not result.clean]
    if unclear:
        print(
            f"bench: no clean round for {len(unclear)} of {len(results)}: other work runs on this "
            "machine",
            file=sys.stderr,
        )
    return 1 if unclear else 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except RigError as error:
        print(f"bench: {error}", file=sys.stderr)
        sys.exit(1)
