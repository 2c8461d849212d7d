"""The kernel as the device under test: nftables between two virtual cables."""

from pathlib import Path

from . import cluster
from .devices import INSIDE, OUTSIDE, Device
from .generator import Link
from .process import make_namespace, run

GATEWAY, HOSTS = "encluster-rig-gw", "encluster-rig-hosts"
TRACKED = Path("/proc/sys/net/netfilter/nf_conntrack_max")


def cable(*ends: tuple) -> None:
    """Joins two network namespaces: (namespace, interface, its MAC address or None) twice.
    Frames pass as they would on a wire: with checksums, and none longer than the MTU."""
    (near, interface, mac), (far, peer, peer_mac) = ends
    words = ["ip", "link", "add", interface, "netns", near]
    words += ["address", mac] if mac else []
    words += ["type", "veth", "peer", "name", peer, "netns", far]
    words += ["address", peer_mac] if peer_mac else []
    run(*words)
    for namespace, name, _ in ends:
        offloads = ("tx", "off", "rx", "off", "gro", "off")
        run("ethtool", "-K", name, *offloads, namespace=namespace)
        run("sysctl", "-q", f"net.ipv6.conf.{name}.disable_ipv6=1", namespace=namespace)
        run("ip", "link", "set", name, "up", namespace=namespace)


class Nftables(Device):
    """The same translation by nftables with connection tracking, its packets steered to the
    device's CPU (RPS). Frames are counted where they arrive, before anyone reads them."""

    name = "nftables"
    changes = {"time_to_live": 63}  # a router counts itself as a hop
    far = ((HOSTS, "far-outside", None), (HOSTS, "far-inside", None))  # the cables' other ends

    def start(self) -> None:
        for namespace in self._namespaces():
            make_namespace(namespace)
        self._tracked = TRACKED.read_text()
        TRACKED.write_text("4194304")
        for side, mac, far in zip(
            (OUTSIDE, INSIDE), (cluster.OUTSIDE_MAC, cluster.INSIDE_MAC), self.far
        ):
            cable((GATEWAY, side, mac), far)
            self._steer(side)
        self._configure()
        rules = self.folder / "rules.nft"
        rules.write_text(self._rules())
        run("nft", "-f", rules, namespace=GATEWAY)

    def _namespaces(self) -> list:
        return [GATEWAY, *dict.fromkeys(namespace for namespace, _, _ in self.far)]

    def _steer(self, side: str) -> None:
        file = f"/sys/class/net/{side}/queues/rx-0/rps_cpus"
        run("sh", "-c", f"echo {1 << self.cpu:x} >{file}", namespace=GATEWAY)

    def _configure(self) -> None:
        for words in (
            ("ip", "addr", "add", f"{cluster.CLUSTER}/24", "dev", "outside"),
            ("ip", "addr", "add", f"{cluster.INSIDE}/24", "dev", "inside"),
            ("ip", "route", "add", "default", "via", cluster.ROUTER),
            ("sysctl", "-q", "net.ipv4.ip_forward=1", "net.ipv4.conf.all.rp_filter=0"),
            ("ip", "neigh", "add", cluster.ROUTER, "lladdr", cluster.ROUTER_MAC, "dev", "outside"),
        ):
            run(*words, namespace=GATEWAY)
        for node, mac in zip(cluster.NODES, cluster.NODE_MACS):
            run("ip", "neigh", "add", node, "lladdr", mac, "dev", "inside", namespace=GATEWAY)

    def _rules(self) -> str:
        slices = ", ".join(
            f"{first}-{first + cluster.SLICE - 1} : {node}"
            for first, node in zip(cluster.SLICES, cluster.NODES)
        )
        services = ", ".join(
            f"{port} : {node}" for port, node in zip(cluster.SERVICES, cluster.NODES)
        )
        return f"""table ip rig {{
  chain in {{
    type nat hook prerouting priority dstnat
    iifname outside ip daddr {cluster.CLUSTER} dnat to udp dport map {{ {slices} }}
    iifname outside ip daddr {cluster.CLUSTER} dnat to tcp dport map {{ {services} }}
  }}
  chain out {{
    type nat hook postrouting priority srcnat
    oifname outside snat to {cluster.CLUSTER}
  }}
}}
"""

    def link(self) -> Link:
        devices = tuple(
            f"net_af_packet{i},iface=far-{side},framecnt=4096"
            for i, side in enumerate(("outside", "inside"))
        )
        return Link(devices, HOSTS, lingers=True, delivered=self._delivered)

    def _delivered(self) -> list:
        files = [
            f"/sys/class/net/far-{side}/statistics/rx_packets" for side in ("outside", "inside")
        ]
        return [int(word) for word in run("cat", *files, namespace=HOSTS).split()]

    def polling_threads(self) -> list:
        return []  # what the kernel does for packets can't be told from what it waits for

    def stop(self) -> None:
        for namespace in self._namespaces():
            run("ip", "netns", "del", namespace)
        TRACKED.write_text(self._tracked)
