"""Round trips and bulk TCP between two hosts, through kernel interfaces."""

import argparse
import contextlib
import json
import re
import time
from dataclasses import dataclass
from pathlib import Path

from . import cluster, spread
from .cables import (
    CLIENT,
    NODE,
    BetweenHosts,
    Direct,
    EnclusterByAfPacket,
    EnclusterByAfXdp,
    TestpmdByAfPacket,
    TestpmdByAfXdp,
)
from .process import Process, RigError, run as run_program
from .profiles import Profile
from .session import CPUS, Sheet, add_common_options, compare
from .trial import TOLERATED_OF_DEVICE, Watch, fresh

DEVICES = {
    device.name: device
    for device in (
        Direct,
        BetweenHosts,
        TestpmdByAfPacket,
        EnclusterByAfPacket,
        TestpmdByAfXdp,
        EnclusterByAfXdp,
    )
}
# Whom a ratio is to, where both are measured.
REFERENCES = {
    EnclusterByAfPacket.name: TestpmdByAfPacket.name,
    EnclusterByAfXdp.name: TestpmdByAfXdp.name,
    BetweenHosts.name: Direct.name,
}
DATAGRAM_PORT = cluster.SLICES[0] + 24  # of the first node's slice
STREAM_PORT = cluster.SERVICES[0]  # the first node's login service
HOST_CPU = CPUS[0]  # of both hosts' programs
DESCRIPTION = (
    "A client outside and a node, in network namespaces: round trips of datagrams (sockperf) and a\n"
    "TCP stream (iperf3) over one cable, through the kernel's nftables, and through testpmd io and\n"
    "enclusterd on af_packet and af_xdp. Ratios are to testpmd io on the same driver, and of\n"
    "nftables to the cable alone."
)


def add_options(parser: argparse.ArgumentParser) -> None:
    add_common_options(parser, DEVICES, rounds=21, seconds=1)


@dataclass
class Trip:
    """What a device did in one round; times are in microseconds."""

    p50: float
    p99: float
    p999: float
    gigabits: float  # a second, of the TCP stream
    clean: bool


def on_host(*command) -> list:
    return ["taskset", "--cpu-list", HOST_CPU, *command]


@contextlib.contextmanager
def serving(log: Path, ready: str, *command):
    """While a server runs on the node, which says `ready` when it is."""
    server = Process(on_host(*command), log, namespace=NODE)
    try:
        server.wait_for(10, ready)
        yield
    finally:
        server.stop()


def percentiles(seconds: int, folder: Path) -> list:
    """p50, p99 and p99.9 of round trips."""
    port = ("--port", DATAGRAM_PORT)
    server = ("sockperf", "server", "--ip", "0.0.0.0", *port)
    client = ("sockperf", "ping-pong", "--ip", cluster.CLUSTER, *port)
    options = ("--time", seconds, "--msg-size", 18, "--full-rtt")
    with serving(folder / "sockperf.log", "listen on", *server):
        text = run_program(*on_host(*client, *options), namespace=CLIENT)
    found = dict(re.findall(r"percentile (\d+\.\d+) = *([\d.]+)", text))
    if "99.900" not in found:
        raise RigError(f"sockperf tells no percentiles: {text.strip().splitlines()[-1]}")
    return [float(found[name]) for name in ("50.000", "99.000", "99.900")]


def gigabits(seconds: int, folder: Path) -> float:
    """What a TCP stream carries a second."""
    port = ("--port", STREAM_PORT)
    server = ("iperf3", "--server", "--forceflush", *port)
    client = ("iperf3", "--client", cluster.CLUSTER, *port)
    options = ("--time", seconds, "--omit", 1, "--json")
    with serving(folder / "iperf3.log", "Server listening", *server):
        text = run_program(*on_host(*client, *options), namespace=CLIENT)
    return json.loads(text)["end"]["sum_received"]["bits_per_second"] / 1e9


def trial(kind, folder: Path, seconds: float) -> Trip:
    device = kind(Profile([]), fresh(folder), folder, CPUS[1])
    try:
        device.start()
        # Addresses are resolved, and every page touched, before anything is timed.
        run_program("ping", "-c", 3, "-i", 0.2, "-w", 10, cluster.CLUSTER, namespace=CLIENT)
        watch, begin = Watch(device.polling_threads()), time.monotonic()
        whole = max(1, round(seconds))
        trips, rate = percentiles(whole, folder), gigabits(whole, folder)
        tolerated = TOLERATED_OF_DEVICE * (time.monotonic() - begin)
        return Trip(*trips, rate, watch.waited() <= tolerated)
    finally:
        device.stop()


def figures(found: list, device: str) -> dict:
    """Over the clean rounds."""
    clean = [one[device] for one in found if one[device].clean]
    reference = REFERENCES.get(device)
    pairs = [(one[device], one[reference]) for one in found if reference in one]
    pairs = [(mine, base) for mine, base in pairs if mine.clean and base.clean]
    return {
        **{
            name: spread.of(getattr(trip, name) for trip in clean)
            for name in ("p50", "p99", "p999", "gigabits")
        },
        "p50_ratio": spread.of(mine.p50 / base.p50 for mine, base in pairs),
        "gigabits_ratio": spread.of(mine.gigabits / base.gigabits for mine, base in pairs),
        "rounds": len(clean),
        "rounds_left_out": len(found) - len(clean),
    }


HEADER = (
    f"{'device':<21} {'p50':>6} {'range, us':>13} {'p99':>7} {'p99.9':>7} {'ratio':>5} "
    f"{'range, p50':>11} {'Gbit/s':>6} {'range':>13} {'ratio':>5} {'range':>11} {'rounds':>7}"
)


def line(device: str, what: dict) -> str:
    if not what["rounds"]:
        return f"{device:<21} no clean round of {what['rounds_left_out']}"
    return (
        f"{device:<21} {spread.cells(what['p50'], 6, 2)} {what['p99'].median:7.1f} "
        f"{what['p999'].median:7.1f} {spread.cells(what['p50_ratio'], 5, 2)} "
        f"{spread.cells(what['gigabits'], 6, 2)} {spread.cells(what['gigabits_ratio'], 5, 2)} "
        f"{what['rounds']:>4}/{what['rounds'] + what['rounds_left_out']}"
    )


def run(chosen: argparse.Namespace, folder: Path) -> int:
    return compare(
        chosen,
        DEVICES,
        lambda device: trial(device, folder / "run", chosen.seconds),
        Sheet(HEADER, figures, line),
    )
