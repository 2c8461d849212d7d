"""One trial: a device, set up from nothing, under one profile, for a few seconds."""

import shutil
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from .devices import Device
from .frames import IP
from .generator import CHECKED, Captures, Generator
from .process import RigError, seconds_waited

WARM_UP = 0.5  # seconds of traffic before a window
# A window in which a polling thread waited longer than this part of it for its CPU says little. The
# generator shares its CPU with the device's control threads, and only offers less meanwhile.
TOLERATED_OF_DEVICE = 0.01
TOLERATED_OF_GENERATOR = 0.05
ATTEMPTS = 4


@dataclass
class Window:
    """What went through a device in a while."""

    seconds: float
    made: int  # by the generator
    sent: int  # of these, what the device had room for
    delivered: int
    device_waited: float  # seconds that its polling thread was without its CPU
    generator_waited: float

    @property
    def clean(self) -> bool:
        return (
            self.device_waited <= TOLERATED_OF_DEVICE * self.seconds
            and self.generator_waited <= TOLERATED_OF_GENERATOR * self.seconds
        )

    @property
    def mpps(self) -> float:
        return self.delivered / self.seconds / 1e6

    @property
    def lost(self) -> float:
        """The part of what was sent that never came out."""
        return max(0.0, 1 - self.delivered / self.sent) if self.sent else 0.0

    @property
    def refused(self) -> float:
        """The part of what was made that the device had no room for."""
        return max(0.0, 1 - self.sent / self.made) if self.made else 0.0


class Watch:
    """How long threads wait for their CPUs."""

    def __init__(self, threads: list):
        self._threads, self._before = threads, self._read(threads)

    @staticmethod
    def _read(threads: list) -> list:
        return [seconds_waited(thread) for thread in threads]

    def waited(self) -> float:
        """Since this was made: the longest of them; none: 0."""
        pairs = zip(self._before, self._read(self._threads))
        return max((now - before for before, now in pairs), default=0.0)


def window(device: Device, generator: Generator, seconds: float) -> Window:
    of_device, of_generator = Watch(device.polling_threads()), Watch(generator.polling_threads())
    before, begin = generator.counters(), time.monotonic()
    time.sleep(seconds)
    after, end = generator.counters(), time.monotonic()

    def moved(*names: str) -> int:
        return sum(getattr(after, name) - getattr(before, name) for name in names)

    return Window(
        end - begin,
        moved("made"),
        moved("sent_outside", "sent_inside"),
        moved("delivered_outside", "delivered_inside"),
        of_device.waited(),
        of_generator.waited(),
    )


def check(device: Device, captures: Captures, arrived: list) -> None:
    """The samples must have become what this device is to make of them."""
    expected = [
        frame
        for _, stream in captures.sides()
        for frame in stream.first(CHECKED, device.rewrites, **device.changes)
    ]
    if not device.rewrites:  # but for MAC addresses
        arrived, expected = ([frame[12:] for frame in frames] for frames in (arrived, expected))
    missing, strange = Counter(expected), Counter(arrived)
    missing -= Counter(arrived)
    strange -= Counter(expected)
    if missing or (strange and not device.link().lingers):
        example = next(iter(strange), b"")
        raise RigError(
            f"{device.name}: of {len(expected)} samples {missing.total()} did not arrive, "
            f"{strange.total()} did that should not, as {example[IP:].hex()}"
        )


def fresh(folder: Path) -> Path:
    """Makes an empty folder for a device's files. Returns that for its sockets."""
    if folder.exists():
        shutil.rmtree(folder)
    sockets = folder / "sockets"
    sockets.mkdir(parents=True)
    return sockets


def trial(
    kind, captures: Captures, folder: Path, cpus: tuple, seconds: float | None
) -> Window | None:
    """Sets up a device, makes its connections, checks what it does, and measures for some seconds,
    unless told not to."""
    device = kind(captures.profile, fresh(folder), folder, cpus[1])
    generator = None
    try:
        device.start()
        generator = Generator(captures, device.link(), folder, cpus[0])
        for index, step in enumerate(captures.profile.steps):
            generator.take(index, step)
        for side, _ in captures.sides():
            generator.sample(side)
        best = measure(device, generator, seconds) if seconds is not None else None
        check(device, captures, generator.stop())
        return best
    finally:
        if generator is not None:
            generator.kill()
        device.stop()


def measure(device: Device, generator: Generator, seconds: float) -> Window:
    """The first clean window; the last one if none was."""
    generator.offer()
    time.sleep(WARM_UP)
    for _ in range(ATTEMPTS):
        result = window(device, generator, seconds)
        if result.delivered == 0:
            raise RigError(f"{device.name} lets nothing through")
        if result.clean:
            break
    return result
