"""The kernel as the device under test: nftables between two virtual cables."""

from pathlib import Path

from . import cluster
from .devices import Device
from .generator import Link
from .process import make_namespace, run

GATEWAY, HOSTS = "encluster-rig-gw", "encluster-rig-hosts"
TRACKED = Path("/proc/sys/net/netfilter/nf_conntrack_max")


class Nftables(Device):
    """The same translation by nftables with connection tracking, its packets steered to the
    device's CPU (RPS). Frames are counted where they arrive, before anyone reads them."""

    name = "nftables"
    changes = {"time_to_live": 63}  # a router counts itself as a hop

    def start(self) -> None:
        for namespace in (GATEWAY, HOSTS):
            make_namespace(namespace)
        self._tracked = TRACKED.read_text()
        TRACKED.write_text("4194304")
        self._cable("outside", cluster.OUTSIDE_MAC)
        self._cable("inside", cluster.INSIDE_MAC)
        self._configure()
        rules = self.folder / "rules.nft"
        rules.write_text(self._rules())
        run("nft", "-f", rules, namespace=GATEWAY)

    def _cable(self, side: str, mac: str) -> None:
        run(
            "ip",
            "link",
            "add",
            side,
            "netns",
            GATEWAY,
            "address",
            mac,
            "type",
            "veth",
            "peer",
            "name",
            f"far-{side}",
            "netns",
            HOSTS,
        )
        for namespace, interface in ((GATEWAY, side), (HOSTS, f"far-{side}")):
            run(
                "ethtool",
                "-K",
                interface,
                "tx",
                "off",
                "rx",
                "off",
                "gro",
                "off",
                namespace=namespace,
            )
            run("sysctl", "-q", f"net.ipv6.conf.{interface}.disable_ipv6=1", namespace=namespace)
            run("ip", "link", "set", interface, "up", namespace=namespace)
        run(
            "sh",
            "-c",
            f"echo {1 << self.cpu:x} >/sys/class/net/{side}/queues/rx-0/rps_cpus",
            namespace=GATEWAY,
        )

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
        for namespace in (GATEWAY, HOSTS):
            run("ip", "netns", "del", namespace)
        TRACKED.write_text(self._tracked)
