"""Devices under test between two hosts: network namespaces, joined by virtual cables.

A client outside talks to the cluster's address; the first node answers. Offloads are off on every
cable, so that what passes are frames as a wire would carry them.
"""

from . import cluster
from .devices import INSIDE, OUTSIDE, Device, Encluster, Testpmd
from .kernel import Nftables, cable
from .process import make_namespace, run

CLIENT, NODE = "encluster-rig-client", "encluster-rig-node"
CLIENT_END = (CLIENT, "outside", cluster.ROUTER_MAC)
NODE_END = (NODE, "inside", cluster.NODE_MACS[0])


def make_hosts() -> None:
    for namespace in (CLIENT, NODE):
        make_namespace(namespace)


def address_hosts(wire: bool) -> None:
    """`wire`: the device changes no addresses, so that the node has the cluster's itself."""
    run("ip", "addr", "add", f"{cluster.ROUTER}/24", "dev", "outside", namespace=CLIENT)
    if wire:
        run("ip", "addr", "add", f"{cluster.CLUSTER}/24", "dev", "inside", namespace=NODE)
        return
    run("ip", "addr", "add", f"{cluster.NODES[0]}/24", "dev", "inside", namespace=NODE)
    run("ip", "route", "add", "default", "via", cluster.INSIDE, namespace=NODE)


def delete_hosts() -> None:
    for namespace in (CLIENT, NODE):
        run("ip", "netns", "del", namespace)


class Direct(Device):
    """No device: one cable."""

    name = "direct"

    def start(self) -> None:
        make_hosts()
        cable(CLIENT_END, NODE_END)
        address_hosts(wire=True)

    def stop(self) -> None:
        delete_hosts()

    def polling_threads(self) -> list:
        return []


class BetweenHosts(Nftables):
    far = (CLIENT_END, NODE_END)

    def start(self) -> None:
        super().start()
        address_hosts(wire=False)


class ByDriver:
    """Mixed into a device that is a DPDK program: its sides are cables, by a DPDK driver."""

    namespace = "encluster-rig"
    driver = ""

    def prepare(self) -> None:
        make_hosts()
        make_namespace(self.namespace)
        cable((self.namespace, OUTSIDE, cluster.OUTSIDE_MAC), CLIENT_END)
        cable((self.namespace, INSIDE, cluster.INSIDE_MAC), NODE_END)
        address_hosts(wire=not self.rewrites)

    def sides(self) -> list:
        return [f"net_{self.driver}{i},iface={side}" for i, side in enumerate((OUTSIDE, INSIDE))]

    def stop(self) -> None:
        super().stop()
        delete_hosts()


class TestpmdByAfPacket(ByDriver, Testpmd):
    name, driver = "testpmd-io, af_packet", "af_packet"


class TestpmdByAfXdp(ByDriver, Testpmd):
    name, driver = "testpmd-io, af_xdp", "af_xdp"


class EnclusterByAfPacket(ByDriver, Encluster):
    name, driver = "encluster, af_packet", "af_packet"


class EnclusterByAfXdp(ByDriver, Encluster):
    name, driver = "encluster, af_xdp", "af_xdp"
