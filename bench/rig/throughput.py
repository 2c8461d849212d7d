"""Packets a second through whole programs, over memif."""

import argparse
import shutil
import sys
from pathlib import Path

from . import report
from .devices import Encluster, OpenVSwitchConntrack, OpenVSwitchStateless, TestpmdCsum, TestpmdIo
from .generator import Captures, megabytes as generator_megabytes
from .kernel import Nftables
from .profiles import PROFILES
from .session import (
    CPUS,
    HugePages,
    Progress,
    add_common_options,
    checked,
    hertz,
    machine,
    repeat,
)
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


DESCRIPTION = (
    "Offers the same frames over memif to enclusterd and to others, one after the other,\n"
    "several rounds, each on one CPU, and compares what they deliver with testpmd io.\n\nprofiles:\n"
    + "".join(f"  {name:<10} {recipe.meaning}\n" for name, recipe in PROFILES.items())
)


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--profile",
        action="append",
        choices=PROFILES,
        metavar="NAME",
        help="one of the profiles above; may be repeated (default: all)",
    )
    add_common_options(parser, DEVICES, rounds=7, seconds=2)


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


def devices_for(profile: str, chosen: list | None) -> list:
    """Those chosen that can do what the profile needs."""
    able = PROFILES[profile].devices or DEVICES
    return [DEVICES[name] for name in dict.fromkeys(chosen or DEVICES) if name in able]


def measure(chosen: argparse.Namespace, folder: Path) -> tuple:
    """Results by profile and device, and what broke it off, if anything did."""
    profiles = list(dict.fromkeys(chosen.profile or PROFILES))
    devices = {name: devices_for(name, chosen.device) for name in profiles}
    progress = Progress(sum(map(len, devices.values())) * chosen.rounds)
    results: dict = {}
    if not chosen.check:
        print(report.HEADER)
    for name in profiles:
        if not devices[name]:
            continue
        profile_round = Round(name, devices[name], folder)
        with HugePages(profile_round.megabytes() // 2 + 1):
            found, broken_off = repeat(
                chosen.rounds,
                lambda: profile_round.run(None if chosen.check else chosen.seconds, progress),
            )
        for windows in found:
            report.note_round(results, name, windows, REFERENCE)
        profile_round.forget()
        progress.clear()
        for device in devices[name]:
            if found and not chosen.check:
                print(report.line(results[name, device.name], hertz()), flush=True)
        if broken_off:
            break
    if broken_off and (chosen.check or not results):
        raise broken_off
    return results, broken_off


def write(stem: Path, results: dict) -> None:
    json_file = stem.with_suffix(".json")
    report.write_json(json_file, results, machine(), hertz())
    files = [json_file, *report.plot(stem, results, hertz(), machine())]
    print("written: " + ", ".join(str(file) for file in files))


def run(chosen: argparse.Namespace, folder: Path) -> int:
    results, broken_off = measure(chosen, folder)
    if chosen.check:
        return checked(results)
    write(chosen.output, results)
    if broken_off:
        raise broken_off
    unclear = [result for result in results.values() if not result.clean]
    if unclear:
        print(
            f"bench: no clean round for {len(unclear)} of {len(results)}: other work runs on this "
            "machine",
            file=sys.stderr,
        )
    return 1 if unclear else 0
