"""The gateway's configuration for the cluster of the benchmarks, and what its kernel is to know."""

from collections.abc import Sequence

from . import cluster

NETWORK = "out"


def at_full_speed(cpu: int, megabytes: int) -> str:
    """Lines of a configuration: one worker that never sleeps, huge pages, room for many logins."""
    return f"""workers: 1
cpus: [{cpu}]
idle: {{mode: spin}}
memory: {{hugepages: true, megabytes: {megabytes}}}
connections: {{maximum: 2097152, embryonic: 2097152}}
"""


def configuration(
    outside: str,
    inside: str,
    machine: str,
    services: str = "",
    addresses: Sequence[str] = cluster.NODES,
    slice_size: int = cluster.SLICE,
) -> str:
    """For two DPDK devices. `machine`: lines about the gateway itself, as of at_full_speed(); none:
    what is the default. `services`: lines of YAML after the logins, to the end. `addresses`: of the nodes,
    at least three."""
    nodes = "".join(
        f"  - {{name: n{i}, id: {i}, address: {address}}}\n"
        for i, address in enumerate(addresses, 1)
    )
    logins = "".join(
        f"  - {{name: s{i}, port: {port}/tcp, plugin: login, nodes: [n{i}]}}\n"
        for i, port in enumerate(cluster.SERVICES, 1)
    )
    return f"""cluster: {{name: rig}}
networks:
  - {{name: {NETWORK}, device: "{outside}", address: {cluster.CLUSTER}/24, gateway: {cluster.ROUTER}}}
interconnect: {{device: "{inside}", address: {cluster.INSIDE}/24}}
{machine}ports: {{first: 16384, last: 65535, slice: {slice_size}}}
nodes:
{nodes}services:
{logins}{services}"""


def neighbours() -> list:
    """Nobody answers ARP here: what the gateway's kernel is told, as commands of ip."""
    known = [(f"ec-{NETWORK}", cluster.ROUTER, cluster.ROUTER_MAC)]
    known += [("ec-inside", address, mac) for address, mac in zip(cluster.NODES, cluster.NODE_MACS)]
    return [
        f"neigh replace {address} lladdr {mac} dev {interface} nud permanent"
        for interface, address, mac in known
    ]
