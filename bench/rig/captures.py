"""Writes captures of the profiles for a generator with real cards: bench/pktgen/README.md."""

import argparse
import re
from pathlib import Path

import numpy as np

from . import cluster, gateway
from .frames import mac, write_pcap
from .profiles import NFS_SERVICES, PROFILES, Profile

SIDES = ("outside", "inside")  # ports 0 and 1 of the generator
LATENCY_PORT = 1028  # Pktgen's own, to which it sends the datagrams that it times
REMOTE = "198.18.0.1"
LATENCY = f"  - {{name: latency, port: {LATENCY_PORT}/udp, node: n1}}\n"


MAC = "[0-9a-fA-F]{2}(?::[0-9a-fA-F]{2}){5}"
DESCRIPTION = (
    "Writes what bench/pktgen replays: a folder of captures for each profile, and for the gateway\n"
    "its configuration and its neighbours."
)


def _macs(text: str) -> tuple:
    if not re.fullmatch(f"{MAC},{MAC}", text):
        raise argparse.ArgumentTypeError("two are needed: 02:00:00:00:01:01,02:00:00:00:02:01")
    return tuple(text.split(","))


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", type=Path, metavar="DIR", help="which is made if it is missing")
    parser.add_argument(
        "--profile",
        action="append",
        choices=PROFILES,
        metavar="NAME",
        help=f"one of {', '.join(PROFILES)}; may be repeated (default: all)",
    )
    parser.add_argument(
        "--macs",
        type=_macs,
        metavar="OUTSIDE,INSIDE",
        default=(cluster.OUTSIDE_MAC, cluster.INSIDE_MAC),
        help="the MAC addresses of the gateway's cards",
    )


def run(chosen: argparse.Namespace) -> int:
    for name in dict.fromkeys(chosen.profile or PROFILES):
        _write_profile(chosen.folder / name, PROFILES[name].make(), chosen.macs)
    configuration = gateway.configuration(
        "0000:01:00.0",
        "0000:01:00.1",
        gateway.at_full_speed(cpu=1, megabytes=1024),
        LATENCY + NFS_SERVICES,
    )
    (chosen.folder / "gateway.yaml").write_text(configuration)
    (chosen.folder / "neighbours").write_text("\n".join(gateway.neighbours()) + "\n")
    return 0


def _write_profile(folder: Path, profile: Profile, macs: tuple) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    handshake: tuple = ([], [])
    for step in profile.steps:
        handshake[not step.inward].append(step.rows)
    streams = (profile.inward, profile.outward)
    for port, side in enumerate(SIDES):
        if handshake[port]:
            rows = np.concatenate(handshake[port])
            rows[:, 0:6] = mac(macs[port])
            write_pcap(folder / f"{side}-handshake.pcap", [rows], np.arange(len(rows)))
        if (stream := streams[port]) is not None:
            groups = stream.groups(False)
            for rows in groups:
                rows[:, 0:6] = mac(macs[port])
            write_pcap(folder / f"{side}.pcap", groups, stream.order)
    (folder / "profile.lua").write_text(_description(profile, streams, macs))


def _description(profile: Profile, streams: tuple, macs: tuple) -> str:
    """What the scripts of bench/pktgen ask for: the steps of the handshake, in order; the ports
    that send when it is measured; and for each port the ends of a datagram that can be timed."""
    steps = "".join(
        f"    {{port = {int(not step.inward)}, frames = {len(step.rows)}}},\n"
        for step in profile.steps
    )
    senders = ", ".join(str(port) for port, stream in enumerate(streams) if stream is not None)
    paths = (
        (cluster.ROUTER_MAC, REMOTE, cluster.CLUSTER, LATENCY_PORT),
        (cluster.NODE_MACS[0], cluster.NODES[0], REMOTE, cluster.SLICES[0]),
    )
    timed = "".join(
        f'    [{port}] = {{source_mac = "{source_mac}", target_mac = "{macs[port]}",\n'
        f'           source = "{source}", target = "{target}", source_port = {source_port}}},\n'
        for port, (source_mac, source, target, source_port) in enumerate(paths)
    )
    return (
        f"return {{\n  handshake = {{\n{steps}  }},\n  senders = {{{senders}}},\n"
        f"  timed = {{\n{timed}  }},\n}}\n"
    )
