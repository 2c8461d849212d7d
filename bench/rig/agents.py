"""How fast nodes' agents join and get leases, and how soon a gateway has back what it forgot."""

import argparse
import json
import re
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from . import cluster, spread
from .cables import NODE, EnclusterByAfPacket
from .gateway import configuration
from .kernel import TRACKED
from .process import Process, RigError, make_namespace, run as run_program, wait_until
from .profiles import Profile
from .session import CPUS, Progress, add_round_options, checked, machine, repeat
from .start import ByDefault
from .trial import fresh

PORT = 7077  # where the gateway serves agents
SERVICE = 8022  # a login service of all nodes
JOINING, TELLING = 63, 8  # nodes of the clusters
SLICE = 512
FEW, MANY = 10_000, 200_000  # sockets
LIMITS = {FEW: 1000, MANY: 5000}  # milliseconds from a start until the tables are whole
LONGEST = 30  # seconds that a gateway may take
KERNEL = "encluster-rig-kernel"  # the namespace whose connection tracking is filled
DESCRIPTION = (
    "Simulated agents in a network namespace, and enclusterd with its default settings: joins and\n"
    "leases a second, how long a lease takes, and the time from the gateway's start until its\n"
    f"tables have {FEW} and {MANY} connections back. Ratios are to TLS alone, to a heartbeat, to\n"
    "the time that it may take, and to filling the kernel's connection tracking."
)


def add_options(parser: argparse.ArgumentParser) -> None:
    add_round_options(parser, rounds=7)


class OfManyNodes(ByDefault, EnclusterByAfPacket):
    """Beside a network namespace that is all nodes. Made, prepared, launched, and stopped."""

    name = "encluster"

    def __init__(self, nodes: int, folder: Path):
        super().__init__(Profile([]), fresh(folder), folder, CPUS[1])
        first = int(cluster.NODES[0].rpartition(".")[2])
        network = cluster.NODES[0].rpartition(".")[0]
        self.nodes = [f"{network}.{first + i}" for i in range(nodes)]

    def configuration(self) -> str:
        services = f"  - {{name: all, port: {SERVICE}/tcp, plugin: login}}\n"
        agents = f"agents: {{listen: {cluster.INSIDE}:{PORT}, token_file: agents.token}}\n"
        return configuration(
            *self.sides(), self.machine(), services + agents, addresses=self.nodes, slice_size=SLICE
        )

    def prepare(self) -> None:
        """Also makes keys, and what bench_agents is to read."""
        super().prepare()
        run_program("ip", "link", "set", "lo", "up", namespace=NODE)
        for node in self.nodes[1:]:
            run_program("ip", "addr", "add", f"{node}/24", "dev", "inside", namespace=NODE)
        file = self.folder / "gateway.yaml"
        file.write_text(self.configuration())
        run_program(self.program.parent / "enclusterctl", "keys", "--config", file)
        lines = (self.folder / "agents.token").read_text().splitlines()
        tokens = dict(line.split() for line in lines if line and not line.startswith("#"))
        self.agents = self.folder / "agents.list"
        self.agents.write_text(
            "".join(f"n{i} {node} {tokens[f'n{i}']}\n" for i, node in enumerate(self.nodes, 1))
        )


@dataclass
class Rates:
    """As bench_agents tells: a second, and nanoseconds."""

    joins_alone: float
    joins_together: float
    limit_alone: float
    limit_together: float
    leases: float
    lease_p50: int
    lease_p99: int
    heartbeat_p50: int
    heartbeat_p99: int


@dataclass
class Recovery:
    """Of a gateway that has just been started."""

    milliseconds: float  # from the start of the program until its tables were whole
    logged: int  # the same as the program tells it: without what was before it read its files
    rate: float  # sockets a second, since the first agent began to tell


@dataclass
class Round:
    rates: Rates
    few: Recovery
    many: Recovery
    kernel: float  # connections a second that the kernel's connection tracking took


class Agents:
    """The program beside a gateway that is started after it."""

    def __init__(self, device: OfManyNodes, command: str, *options):
        device.prepare()
        self._device = device
        self._process = Process(
            [
                *(program_of(device), command, "--gateway", cluster.INSIDE, "--port", PORT),
                *("--agents", device.agents, *options),
            ],
            device.folder / "agents.log",
            namespace=NODE,
        )
        self._process.wait_for(10, "waiting")

    def stop(self) -> None:
        self._process.stop()

    def result(self, seconds: float) -> dict:
        """What it prints at last."""

        def said() -> bool:
            self._device.process.require_running()
            return "}" in self._process.log.read_text(errors="replace") or self._ended()

        wait_until(seconds, f"nothing in {self._process.log}", said)
        lines = self._process.log.read_text(errors="replace").splitlines()
        if not lines[-1].startswith("{"):
            raise RigError(f"bench_agents: {lines[-1]}")
        return json.loads(lines[-1])

    def _ended(self) -> bool:
        return not self._process.running()


def program_of(device: OfManyNodes) -> Path:
    return device.program.parent / "bench" / "bench_agents"


def await_recovery(device: OfManyNodes) -> tuple:
    """When the gateway said that its tables are whole, and how: the fields of that line."""
    end = time.monotonic() + LONGEST
    with open(device.folder / "enclusterd.log", encoding="utf-8", errors="replace") as log:
        text = ""
        while time.monotonic() < end:
            text += log.read()
            if found := re.search(r"event=recover(?:ed|y_incomplete) (.*)\n", text):
                return time.monotonic(), dict(word.split("=", 1) for word in found[1].split())
            device.process.require_running()
            time.sleep(0.001)
    raise RigError(f"no recovery within {LONGEST} s: {device.folder}/enclusterd.log")


def recovery(folder: Path, sockets: int) -> Recovery:
    device = OfManyNodes(TELLING, folder)
    agents = None
    try:
        agents = Agents(device, "sockets", "--sockets", sockets, "--service", SERVICE)
        begin = time.monotonic()
        device.launch()
        end, fields = await_recovery(device)
        told = agents.result(10)
        # The gateway reports for itself as well.
        expected = {"nodes": TELLING + 1, "connections": sockets, "conflicts": 0, "refused": 0}
        if any(int(fields[name]) != number for name, number in expected.items()):
            raise RigError(f"of {sockets} sockets the gateway says {fields}")
        rate = sockets / (end - told["first"] / 1e9)
        return Recovery((end - begin) * 1000, int(fields["milliseconds"]), rate)
    finally:
        if agents is not None:
            agents.stop()
        device.stop()


def rates(folder: Path, times: int) -> Rates:
    device = OfManyNodes(JOINING, folder)
    agents = None
    try:
        keys = ("--certificate", folder / "agents.crt", "--key", folder / "agents.key")
        agents = Agents(device, "rates", *keys, "--times", times)
        device.launch()
        return Rates(**agents.result(120))
    finally:
        if agents is not None:
            agents.stop()
        device.stop()


def kernel_rate(program: Path, connections: int) -> float:
    """Of a namespace that has none yet."""
    make_namespace(KERNEL)
    most = TRACKED.read_text()
    try:
        TRACKED.write_text(str(max(int(most), 2 * MANY)))
        sockets = ("--sockets", connections, "--service", SERVICE)
        text = run_program(program, "conntrack", *sockets, namespace=KERNEL)
        counter = "/proc/sys/net/netfilter/nf_conntrack_count"
        count = int(run_program("cat", counter, namespace=KERNEL))
        if count != connections:
            raise RigError(f"the kernel tracks {count} connections of {connections}")
        return json.loads(text)["rate"]
    finally:
        TRACKED.write_text(most)
        run_program("ip", "netns", "del", KERNEL)


@dataclass
class Figure:
    """A line of the table."""

    name: str
    value: Callable  # of a round
    digits: int
    base: Callable  # what the ratio is to
    base_name: str


FIGURES = (
    Figure(
        "joins a second, 1 at once",
        lambda one: one.rates.joins_alone,
        0,
        lambda one: one.rates.limit_alone,
        "TLS alone",
    ),
    Figure(
        "joins a second, 32 at once",
        lambda one: one.rates.joins_together,
        0,
        lambda one: one.rates.limit_together,
        "TLS alone",
    ),
    Figure("leases a second", lambda one: one.rates.leases, 0, lambda _: None, ""),
    Figure(
        "lease, p50, ms",
        lambda one: one.rates.lease_p50 / 1e6,
        3,
        lambda one: one.rates.heartbeat_p50 / 1e6,
        "a heartbeat",
    ),
    Figure(
        "lease, p99, ms",
        lambda one: one.rates.lease_p99 / 1e6,
        3,
        lambda one: one.rates.heartbeat_p99 / 1e6,
        "a heartbeat",
    ),
    Figure(
        f"{FEW} back after, ms",
        lambda one: one.few.milliseconds,
        0,
        lambda _: LIMITS[FEW],
        f"{LIMITS[FEW]} ms allowed",
    ),
    Figure(
        f"{MANY} back after, ms",
        lambda one: one.many.milliseconds,
        0,
        lambda _: LIMITS[MANY],
        f"{LIMITS[MANY]} ms allowed",
    ),
    Figure(
        "sockets a second",
        lambda one: one.many.rate,
        0,
        lambda one: one.kernel,
        "nf_conntrack",
    ),
)
HEADER = f"{'figure':<27} {'median':>8} {'range':>17} {'ratio':>6} {'range':>13}  to"


def line(name: str, what: dict) -> str:
    return (
        f"{name:<27} {spread.cells(what['value'], 8, what['digits'])} "
        f"{spread.cells(what['ratio'], 6, 2)}  {what['to']}"
    ).rstrip()


def figures(found: list, figure: Figure) -> dict:
    pairs = [(figure.value(one), figure.base(one)) for one in found]
    return {
        "value": spread.of(value for value, _ in pairs),
        "digits": figure.digits,
        "ratio": spread.of(value / base for value, base in pairs if base is not None),
        "to": figure.base_name,
    }


def one_round(folder: Path, program: Path, progress: Progress) -> Round:
    progress.step("joins and leases")
    measured = rates(folder, 40)
    progress.step(f"{FEW} sockets")
    few = recovery(folder, FEW)
    progress.step(f"{MANY} sockets")
    many = recovery(folder, MANY)
    progress.step("connection tracking")
    return Round(measured, few, many, kernel_rate(program, MANY))


def check(folder: Path, program: Path) -> int:
    found = rates(folder, 2)
    if min(found.joins_alone, found.leases, found.limit_alone) <= 0:
        raise RigError(f"bench_agents tells {found}")
    recovery(folder, FEW)
    kernel_rate(program, FEW)
    return checked(["joins and leases", f"{FEW} sockets", "connection tracking"])


def run(chosen: argparse.Namespace, folder: Path) -> int:
    program = chosen.build_dir / "bench" / "bench_agents"
    if chosen.check:
        return check(folder / "run", program)
    progress = Progress(4 * chosen.rounds)
    found, broken_off = repeat(chosen.rounds, lambda: one_round(folder / "run", program, progress))
    progress.clear()
    if not found:
        raise broken_off
    results = {figure.name: figures(found, figure) for figure in FIGURES}
    print(HEADER)
    for name, what in results.items():
        print(line(name, what))
    kernel = statistics.median(one.kernel for one in found)
    print(f"nf_conntrack: {kernel:.0f} connections a second")
    file = chosen.output.with_suffix(".json")
    spread.write_json(file, {"machine": machine(), "results": results, "rounds": found})
    print(f"written: {file}")
    if broken_off:
        raise broken_off
    return 0
