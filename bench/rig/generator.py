"""The generator and sink: a stock dpdk-testpmd between captures and two memif devices."""

import contextlib
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from .frames import read_pcap, write_pcap
from .process import Process, RigError, Telemetry, polling_threads, wait_until
from .profiles import Profile, Step

CHECKED = 256  # frames of a stream whose way through the device is looked at
PREFIX = "encluster-rig-generator"
BUFFER = 2176  # bytes, with the headroom
PASSES = 10
CONNECTS = 6
FLUSHES = 12  # a ring of af_packet has room for so many times the samples
PROMPT = b"testpmd> "


class Captures:
    """The files of a profile, one for each of the generator's queues."""

    def __init__(self, profile: Profile, folder: Path, queues: int):
        folder.mkdir(parents=True, exist_ok=True)
        self.profile, self.queues, self._folder = profile, queues, folder
        self._write("nothing", [], [])
        for index, step in enumerate(profile.steps):
            self._write(f"step{index}", [step.rows], np.arange(len(step.rows)))
        for side, stream in self.sides():
            self._write(side, stream.groups(False), stream.order)
            self._write(f"{side}-first", stream.groups(False), stream.order[:CHECKED])

    def sides(self) -> list:
        both = (("inward", self.profile.inward), ("outward", self.profile.outward))
        return [(side, stream) for side, stream in both if stream is not None]

    def device(self, name: str, forever: bool = False) -> str:
        """A device that yields these frames."""
        return (
            f"net_pcap_{name}"
            + "".join(f",rx_pcap={file}" for file in self.files(name))
            + (",infinite_rx=1" if forever else "")
        )

    def looped_frames(self) -> int:
        return sum(len(stream.order) for _, stream in self.sides())

    def files(self, name: str) -> list:
        """The captures of this name, one for each queue."""
        return [self._folder / f"{name}.{queue}.pcap" for queue in range(self.queues)]

    def _write(self, name: str, groups: list, order) -> None:
        for queue, file in enumerate(self.files(name)):
            write_pcap(file, groups, order[queue :: self.queues])


def buffers_for(captures: Captures) -> int:
    """Each frame that is offered for ever is kept in one."""
    return captures.looped_frames() + 16384


def megabytes(captures: Captures) -> int:
    """What a generator reserves: a buffer has 128 bytes besides its room."""
    return buffers_for(captures) * (BUFFER + 128) // 2**20 + 128


@dataclass
class Counters:
    """Frames so far. What was made and not sent, the device's full ring refused."""

    made: int
    sent_outside: int
    sent_inside: int
    delivered_outside: int
    delivered_inside: int


@dataclass
class Link:
    """How a generator reaches the two sides of a device: by DPDK devices, outside first."""

    devices: tuple  # vdev strings
    namespace: str | None = None
    lingers: bool = False  # a driver keeps frames back until others follow
    # Frames that came out of each side so far, where the kernel knows better than the generator.
    delivered: Callable | None = None

    @property
    def sides(self) -> tuple:
        return tuple(device.split(",")[0] for device in self.devices)


def memif_link(sockets: Path) -> Link:
    return Link(
        tuple(
            f"net_memif{i},role=client,id={i},socket={sockets}/{side},"
            "socket-abstract=no,rsize=10"
            for i, side in enumerate(("outside", "inside"))
        )
    )


class Generator:
    """Owns a testpmd whose polling thread has CPU `cpu`."""

    def __init__(self, captures: Captures, link: Link, folder: Path, cpu: int):
        self._captures, self._link, self._folder, self._cpu = captures, link, folder, cpu
        self._sides = link.sides
        self._ports: dict = {}
        self._process = Process(
            self._command(),
            folder / "generator.log",
            namespace=link.namespace,
            stdin=subprocess.PIPE,
            cpu=cpu,
        )
        self._process.wait_for(60, PROMPT.decode())
        self._telemetry = Telemetry(PREFIX)
        for port in self._telemetry.ask("/ethdev/list"):
            self._ports[self._telemetry.ask(f"/ethdev/info,{port}")["name"]] = port
        self._say("set fwd io retry")
        self._say("set burst tx delay 1 retry 1000000")
        self._connect()

    def _command(self) -> list:
        devices = [
            *self._link.devices,
            "net_null0,no-rx=1",
            self._captures.device("nothing") + "".join(f",tx_pcap={f}" for f in self._kept()),
        ]
        devices += [
            self._captures.device(f"step{i}") for i in range(len(self._captures.profile.steps))
        ]
        for side, _ in self._captures.sides():
            devices += [
                self._captures.device(side, forever=True),
                self._captures.device(f"{side}-first"),
            ]
        queues = self._captures.queues
        buffers = buffers_for(self._captures)
        eal = [
            "--lcores",
            f"0@{self._cpu},1@{self._cpu}",
            "--no-pci",
            "--in-memory",
            f"--file-prefix={PREFIX}",
            "-m",
            megabytes(self._captures),
        ]
        for device in devices:
            eal += ["--vdev", device]
        return [
            "stdbuf",
            "-oL",
            "dpdk-testpmd",
            *eal,
            "--",
            "--interactive",
            f"--total-num-mbufs={buffers}",
            f"--mbuf-size={BUFFER}",
            "--nb-cores=1",
            f"--rxq={queues}",
            f"--txq={queues}",
            "--no-flush-rx",
            "--rxd=1024",
            "--txd=1024",
            "--no-lsc-interrupt",
            "--no-rmv-interrupt",
            "--disable-link-check",
        ]

    def _kept(self) -> list:
        """Where the frames go that the device made of the samples."""
        return [self._folder / f"arrived.{queue}.pcap" for queue in range(self._captures.queues)]

    def _say(self, line: str) -> None:
        """Gives testpmd a command, and waits until it is carried out."""
        self._process.require_running()
        prompts = self._prompts()
        self._process.stdin.write((line + "\n").encode())
        self._process.stdin.flush()
        wait_until(60, f"testpmd does not answer '{line}'", lambda: self._prompts() > prompts)

    def _prompts(self) -> int:
        return self._process.log.read_bytes().count(PROMPT)

    def _connect(self) -> None:
        """Waits until the device's sides are there. A memif that finds its other end closed when it
        is started never tries again by itself."""
        for _ in range(CONNECTS):
            with contextlib.suppress(RigError):
                return wait_until(5, "", lambda: not self._unconnected())
            for name in self._unconnected():
                self._rewind(name)
        raise RigError("the device's sides are not connected")

    def _unconnected(self) -> list:
        return [
            name
            for name in self._sides
            if self._telemetry.ask(f"/ethdev/link_status,{self._ports[name]}")["status"] != "UP"
        ]

    def polling_threads(self) -> list:
        return polling_threads(self._process.pid, "rte-worker")

    def forward(self, *pairs: tuple) -> None:
        """From now on moves frames between the ports of each pair, and nothing else."""
        names = [name for pair in pairs for name in pair]
        self._say("stop")
        self._say("set portlist " + ",".join(str(self._ports[name]) for name in names))
        self._say("start")

    def pause(self) -> None:
        self._say("stop")

    def counters(self) -> Counters:
        stats = {
            name: self._telemetry.ask(f"/ethdev/stats,{port}") for name, port in self._ports.items()
        }
        made = sum(stats[f"net_pcap_{side}"]["ipackets"] for side, _ in self._captures.sides())
        sent = [stats[name]["opackets"] for name in self._sides]
        delivered = (
            self._link.delivered()
            if self._link.delivered is not None
            else [stats[name]["ipackets"] for name in self._sides]
        )
        return Counters(made, *sent, *delivered)

    def _delivered(self, inward: bool) -> int:
        counters = self.counters()
        return counters.delivered_inside if inward else counters.delivered_outside

    def _sent(self, inward: bool) -> int:
        counters = self.counters()
        return counters.sent_outside if inward else counters.sent_inside

    def take(self, index: int, step: Step) -> None:
        """Sends a step's frames, and again where some were lost: while this process waits for its
        CPU, the device's ring to it is full. Which ones is chance, so that few passes suffice."""
        missing = float(step.arrives)
        for _ in range(PASSES):
            missing *= max(0, step.arrives - self._take_once(index, step)) / step.arrives
            if missing < 0.01:
                return
        raise RigError(
            f"step {index}: some {missing:.0f} of {step.arrives} frames never came through"
        )

    def _take_once(self, index: int, step: Step) -> int:
        source = f"net_pcap_step{index}"
        near, far = self._way(step.inward)
        sent, delivered = self._sent(step.inward), self._delivered(step.inward)
        self.forward((source, near), (far, "net_null0"))
        wait_until(
            60,
            "the device takes no frames",
            lambda: self._sent(step.inward) - sent >= len(step.rows),
        )
        with contextlib.suppress(RigError):
            wait_until(0.5, "", lambda: self._delivered(step.inward) - delivered >= step.arrives)
        self.pause()
        self._rewind(source)
        return self._delivered(step.inward) - delivered

    def _way(self, inward: bool) -> tuple:
        """The generator's devices where a frame goes in, and where it comes out."""
        return self._sides if inward else self._sides[::-1]

    def sample(self, side: str) -> None:
        """Sends a stream's first frames once, and keeps what the device makes of them."""
        inward = side == "inward"
        near, far = self._way(inward)
        self._drain(far)
        for _ in range(FLUSHES if self._link.lingers else 1):
            before = self._delivered(inward)
            self.forward((f"net_pcap_{side}-first", near), (far, "net_pcap_nothing"))
            wait_until(
                10,
                f"not all of {CHECKED} samples came through: see {self._folder}",
                lambda: self._delivered(inward) - before >= CHECKED,
            )
            self.pause()
            self._rewind(f"net_pcap_{side}-first")

    def _rewind(self, name: str) -> None:
        """Begins a capture, or a connection, anew."""
        for word in ("stop", "start"):
            self._say(f"port {word} {self._ports[name]}")

    def _drain(self, far: str) -> None:
        """Throws away what is left of the steps."""
        self.forward((far, "net_null0"))
        received = -1
        while received != (received := self._received(far)):
            time.sleep(0.1)
        self.pause()

    def _received(self, name: str) -> int:
        return self._telemetry.ask(f"/ethdev/stats,{self._ports[name]}")["ipackets"]

    def offer(self) -> None:
        """Offers the profile's streams for ever, as fast as the device takes them."""
        self._say("set fwd io")
        outside, inside = self._sides
        offered = {side for side, _ in self._captures.sides()}
        if offered == {"inward"}:
            self.forward(("net_pcap_inward", outside), (inside, "net_null0"))
        elif offered == {"outward"}:
            self.forward(("net_pcap_outward", inside), (outside, "net_null0"))
        else:
            self.forward(("net_pcap_inward", outside), (inside, "net_pcap_outward"))

    def kill(self) -> None:
        self._process.stop()

    def stop(self) -> list:
        """Ends it. Returns what the device made of the samples."""
        self._telemetry.close()
        self._say("stop")
        self._process.stdin.close()  # at the end of its input it quits
        wait_until(10, "testpmd does not end", lambda: not self._process.running())
        return [frame for file in self._kept() for frame in read_pcap(file)]
