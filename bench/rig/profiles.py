"""What the generator offers: named profiles, and what a gateway should make of them."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from . import cluster, rpc
from .frames import ACK, PSH, SYN, UDP, Segments, address, mac, write_pcap

SEED = 1992
CLASS_A = LOGINS = NFS_CALLS = 1 << 16
MANY_LOGINS = 1 << 20
PORTS_A_REMOTE = 16
IMIX = ((60, 7), (590, 4), (1514, 1))  # bytes of a frame, and how many of twelve

ROUTER_MAC, OUTSIDE_MAC = mac(cluster.ROUTER_MAC), mac(cluster.OUTSIDE_MAC)
INSIDE_MAC = mac(cluster.INSIDE_MAC)
NODE_MACS = np.stack([mac(text) for text in cluster.NODE_MACS])
NODES = np.array([address(text) for text in cluster.NODES], np.uint32)
CLUSTER = address(cluster.CLUSTER)


@dataclass
class Ends:
    """The two ends of many conversations: of remotes, and of the node that serves each."""

    remote: np.ndarray
    remote_port: np.ndarray
    node: np.ndarray
    port: np.ndarray


def slices(count: int) -> Ends:
    index = np.arange(count, dtype=np.uint32)
    node = index % 3
    port = np.array(cluster.SLICES, np.uint32)[node] + index // 3 % cluster.SLICE
    return Ends(
        address(cluster.FIRST_REMOTE) + index // PORTS_A_REMOTE, 1024 + index % 60000, node, port
    )


def logins(count: int) -> Ends:
    index = np.arange(count, dtype=np.uint32)
    node = index % 3
    return Ends(
        address(cluster.FIRST_REMOTE) + index // PORTS_A_REMOTE,
        20000 + index % PORTS_A_REMOTE * 97,
        node,
        np.array(cluster.SERVICES, np.uint32)[node],
    )


def inward(ends: Ends, rewritten: bool, **what) -> np.ndarray:
    """From remotes to the cluster; rewritten: as the nodes get it."""
    if rewritten:
        macs = {"source_mac": INSIDE_MAC, "target_mac": NODE_MACS[ends.node]}
    else:
        macs = {"source_mac": ROUTER_MAC, "target_mac": OUTSIDE_MAC}
    return Segments(
        **macs,
        source=ends.remote,
        target=NODES[ends.node] if rewritten else CLUSTER,
        source_port=ends.remote_port,
        target_port=ends.port,
        **what,
    ).rows()


def outward(ends: Ends, rewritten: bool, **what) -> np.ndarray:
    """From nodes to remotes; rewritten: as it leaves the cluster."""
    if rewritten:
        macs = {"source_mac": OUTSIDE_MAC, "target_mac": ROUTER_MAC}
    else:
        macs = {"source_mac": NODE_MACS[ends.node], "target_mac": INSIDE_MAC}
    return Segments(
        **macs,
        source=CLUSTER if rewritten else NODES[ends.node],
        target=ends.remote,
        source_port=ends.port,
        target_port=ends.remote_port,
        **what,
    ).rows()


class Stream:
    """Frames that one side offers for ever, in an order without pattern."""

    def __init__(self, *parts):
        """Each part is (inward or outward, ends, options of Segments, how many frames)."""
        self._parts = parts
        total = sum(part[3] for part in parts)
        self.order = np.random.default_rng(SEED).permutation(total)

    def groups(self, rewritten: bool, **changes) -> list:
        return [
            direction(ends, rewritten, **{**what, **changes})[:count]
            for direction, ends, what, count in self._parts
        ]

    def write(self, path) -> None:
        write_pcap(path, self.groups(False), self.order)

    def first(self, count: int, rewritten: bool, **changes) -> list:
        """The first frames in order: as they are sent, or as they should arrive."""
        rows = [row for group in self.groups(rewritten, **changes) for row in group]
        return [rows[i].tobytes() for i in self.order[:count]]


@dataclass
class Step:
    """Frames that one side sends once, before anything is measured."""

    inward: bool
    rows: np.ndarray
    arrives: int  # how many of them the other side gets


@dataclass
class Profile:
    steps: list
    inward: Stream | None = None
    outward: Stream | None = None
    services: str = ""  # lines of the gateway's configuration, after those of the logins


CLIENT, SERVER = np.uint32(1_000_000), np.uint32(5_000_000)  # initial sequence numbers
FROM_CLIENT = {"sequence": CLIENT + 1, "acknowledged": SERVER + 1, "flags": ACK | PSH}
FROM_SERVER = {"sequence": SERVER + 1, "acknowledged": CLIENT + 1, "flags": ACK | PSH}
DATAGRAMS = {"protocol": UDP}


def handshakes(ends: Ends) -> list:
    count = len(ends.port)
    return [
        Step(True, inward(ends, False, flags=SYN, sequence=CLIENT), count),
        Step(
            False,
            outward(ends, False, flags=SYN | ACK, sequence=SERVER, acknowledged=CLIENT + 1),
            count,
        ),
        Step(
            True,
            inward(ends, False, flags=ACK, sequence=CLIENT + 1, acknowledged=SERVER + 1),
            count,
        ),
    ]


def class_a() -> Profile:
    ends = slices(CLASS_A)
    return Profile([], inward=Stream((inward, ends, DATAGRAMS, CLASS_A)))


def outbound() -> Profile:
    ends = slices(CLASS_A)
    return Profile([], outward=Stream((outward, ends, DATAGRAMS, CLASS_A)))


def login(count: int) -> Profile:
    ends = logins(count)
    return Profile(handshakes(ends), inward=Stream((inward, ends, FROM_CLIENT, count)))


def mix() -> Profile:
    ends, open_ = logins(LOGINS), slices(CLASS_A)
    return Profile(
        handshakes(ends),
        inward=Stream((inward, ends, FROM_CLIENT, LOGINS), (inward, open_, DATAGRAMS, LOGINS // 3)),
        outward=Stream(
            (outward, ends, FROM_SERVER, LOGINS), (outward, open_, DATAGRAMS, LOGINS // 3)
        ),
    )


def imix() -> Profile:
    ends = logins(LOGINS)
    parts = [
        (inward, ends, {**FROM_CLIENT, "length": length}, LOGINS * share // 12)
        for length, share in IMIX
    ]
    return Profile(handshakes(ends), inward=Stream(*parts))


NFS_SERVICES = f"  - {{name: nfs, port: {rpc.NFS_PORT}/udp, plugin: nfs}}\nexports:\n" + "".join(
    f'  - {{path: /export/n{i}, node: n{i}, keys: ["ganesha:{export}"]}}\n'
    for i, export in enumerate(rpc.EXPORTS, 1)
)


def nfs() -> Profile:
    """Each remote calls all nodes from one port, as Linux does: only the calls tell whose they are."""
    index = np.arange(NFS_CALLS, dtype=np.uint32)
    ends = Ends(
        address(cluster.FIRST_REMOTE) + index // PORTS_A_REMOTE,
        np.full(NFS_CALLS, 800),
        index % 3,
        np.full(NFS_CALLS, rpc.NFS_PORT),
    )
    calls = {**DATAGRAMS, "payload": rpc.reads(index, ends.node)}
    answers = {**DATAGRAMS, "payload": rpc.answers(index)}
    return Profile(
        [],
        inward=Stream((inward, ends, calls, NFS_CALLS)),
        outward=Stream((outward, ends, answers, NFS_CALLS)),
        services=NFS_SERVICES,
    )


# Who looks no further than into headers cannot tell the nodes' calls apart.
READS_CALLS = ("testpmd-io", "testpmd-csum", "encluster")


@dataclass
class Recipe:
    meaning: str
    make: Callable
    devices: tuple | None = None  # names of those that can do it; none: all


PROFILES = {
    "classA": Recipe("datagrams to ports in the nodes' slices", class_a),
    "login-64k": Recipe("segments of 65536 established logins", lambda: login(LOGINS)),
    "login-1m": Recipe("segments of 1048576 established logins", lambda: login(MANY_LOGINS)),
    "outbound": Recipe("datagrams from ports in the nodes' slices", outbound),
    "mix": Recipe("logins and datagrams of slices, 3 to 1, both ways at once", mix),
    "nfs": Recipe("READ calls for three servers, and answers, both ways at once", nfs, READS_CALLS),
    "imix": Recipe("logins with frames of 64, 594 and 1518 bytes, 7 to 4 to 1", imix),
}
