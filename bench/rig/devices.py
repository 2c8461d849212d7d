"""Devices under test that join two memif devices: each owns one CPU while it runs."""

from pathlib import Path

from . import cluster
from .gateway import at_full_speed, configuration, neighbours
from .generator import Link, memif_link
from .process import Process, make_namespace, polling_threads, run, wait_until
from .profiles import Profile

OUTSIDE, INSIDE = "outside", "inside"


def memif(index: int, sockets: Path, side: str, mac: str) -> str:
    return (
        f"net_memif{index},role=server,id={index},socket={sockets}/{side},"
        f"socket-abstract=no,mac={mac},rsize=10"
    )


class Device:
    """Made, used for one profile, and stopped."""

    name = ""
    rewrites = True  # what arrives has the addresses of the other side
    queues = 1  # of each side
    megabytes = 0  # of huge pages
    changes: dict = {}  # of other header fields, as options of Segments
    polls = "rte-worker"  # how the polling thread's name begins

    def __init__(self, profile: Profile, sockets: Path, folder: Path, cpu: int):
        self.profile, self.sockets, self.folder, self.cpu = profile, sockets, folder, cpu
        self.process: Process | None = None

    def start(self) -> None:
        raise NotImplementedError

    def stop(self) -> None:
        if self.process is not None:
            self.process.stop()

    def sides(self) -> list:
        """The DPDK devices of a program that is one: outside, inside."""
        return [
            memif(0, self.sockets, OUTSIDE, cluster.OUTSIDE_MAC),
            memif(1, self.sockets, INSIDE, cluster.INSIDE_MAC),
        ]

    def polling_threads(self) -> list:
        """Those whose waiting for the CPU would spoil a measurement."""
        return polling_threads(self.process.pid, self.polls)

    def link(self) -> Link:
        return memif_link(self.sockets)


class Encluster(Device):
    name = "encluster"
    megabytes = 512
    program: Path  # set by whoever knows the build directory
    namespace = "encluster-rig"

    def prepare(self) -> None:
        """Makes its network namespace."""
        make_namespace(self.namespace)

    def machine(self) -> str:
        """Lines of its configuration."""
        return at_full_speed(self.cpu, self.megabytes)

    def configuration(self) -> str:
        return configuration(*self.sides(), self.machine(), self.profile.services)

    def launch(self) -> None:
        """Starts the program; @pre prepare() was called."""
        file = self.folder / "gateway.yaml"
        file.write_text(self.configuration())
        self.process = Process(
            [self.program, "--config", file],
            self.folder / "enclusterd.log",
            namespace=self.namespace,
        )

    def start(self) -> None:
        self.prepare()
        self.launch()
        self.process.wait_for(30, "event=ready")
        for command in neighbours():
            run("ip", *command.split(), namespace=self.namespace)

    def stop(self) -> None:
        super().stop()
        run("ip", "netns", "del", self.namespace)


class Testpmd(Device):
    """A stock DPDK program: the limit of what moving frames from one side to the other costs."""

    rewrites = False
    megabytes = 256
    mode = "io"
    namespace: str | None = None

    def prepare(self) -> None:
        """Makes its network namespace, if it has one of its own."""

    def start(self) -> None:
        self.prepare()
        eal = [
            "--lcores",
            f"0@0,1@{self.cpu}",
            "--no-pci",
            "--in-memory",
            "--file-prefix=encluster-rig-device",
            "-m",
            self.megabytes,
        ]
        for device in self.sides():
            eal += ["--vdev", device]
        self.process = Process(
            [
                "stdbuf",
                "-oL",
                "dpdk-testpmd",
                *eal,
                "--",
                f"--forward-mode={self.mode}",
                "--auto-start",
                "--nb-cores=1",
                "--rxd=1024",
                "--txd=1024",
                "--total-num-mbufs=16384",
                "--no-lsc-interrupt",
                "--no-rmv-interrupt",
                "--disable-link-check",
                "--stats-period=3600",
            ],
            self.folder / "testpmd.log",
            namespace=self.namespace,
        )
        self.process.wait_for(30, "packet forwarding - ports")

    def stop(self) -> None:
        super().stop()
        if self.namespace is not None:
            run("ip", "netns", "del", self.namespace)


class TestpmdIo(Testpmd):
    name = "testpmd-io"


class TestpmdCsum(Testpmd):
    """Also parses, and computes every checksum anew."""

    name = "testpmd-csum"
    mode = "csum"


class OpenVSwitch(Device):
    """Debian's Open vSwitch with DPDK; what it does is said in OpenFlow by the subclasses.

    The first queue by which each device sends is its main thread's, so there must be two; by hash
    the polling thread uses both.
    """

    queues = 2
    megabytes = 1024
    polls = "pmd-c"

    def start(self) -> None:
        self._files = self.folder / "ovs"
        self._files.mkdir()
        self._environment = {
            name: str(self._files)
            for name in ("OVS_RUNDIR", "OVS_DBDIR", "OVS_LOGDIR", "OVS_SYSCONFDIR")
        }
        database = self._files / "conf.db"
        run("ovsdb-tool", "create", database, "/usr/share/openvswitch/vswitch.ovsschema")
        self._database = Process(
            ["ovsdb-server", database, f"--remote=punix:{self._files}/db.sock"],
            self.folder / "ovsdb-server.log",
            environment=self._environment,
        )
        wait_until(10, "ovsdb-server has no socket", (self._files / "db.sock").exists)
        self._vsctl("--no-wait", "init")
        for key, value in self._settings().items():
            self._vsctl("--no-wait", "set", "Open_vSwitch", ".", f"other_config:{key}={value}")
        self.process = Process(
            ["/usr/lib/openvswitch-switch-dpdk/ovs-vswitchd-dpdk", f"unix:{self._files}/db.sock"],
            self.folder / "ovs-vswitchd.log",
            environment=self._environment,
        )
        self._bridge()

    def _settings(self) -> dict:
        return {
            "dpdk-init": "true",
            "dpdk-socket-mem": str(self.megabytes),
            "pmd-cpu-mask": hex(1 << self.cpu),
            "dpdk-lcore-mask": "0x1",
            "dpdk-extra": "--no-pci --in-memory --file-prefix=encluster-rig-ovs",
            "max-idle": "600000",
            "hw-offload": "false",
        }

    def _vsctl(self, *words) -> None:
        run(
            "ovs-vsctl",
            f"--db=unix:{self._files}/db.sock",
            "--timeout=30",
            *words,
            environment=self._environment,
        )

    def _bridge(self) -> None:
        self._vsctl(
            "add-br",
            "rig",
            "--",
            "set",
            "bridge",
            "rig",
            "datapath_type=netdev",
            "fail-mode=secure",
        )
        for number, device in enumerate(self.sides(), 1):
            side = (OUTSIDE, INSIDE)[number - 1]
            self._vsctl(
                "add-port",
                "rig",
                side,
                "--",
                "set",
                "Interface",
                side,
                "type=dpdk",
                f"options:dpdk-devargs={device}",
                f"options:n_rxq={self.queues}",
                "other_config:tx-steering=hash",
                f"ofport_request={number}",
            )
        flows = self._files / "flows"
        flows.write_text("\n".join(self.flows()) + "\n")
        run(
            "ovs-ofctl",
            "-O",
            "OpenFlow15",
            "add-flows",
            f"unix:{self._files}/rig.mgmt",
            flows,
            environment=self._environment,
        )

    def stop(self) -> None:
        super().stop()
        self._database.stop()

    def flows(self) -> list:
        raise NotImplementedError


def to_node(number: int) -> str:
    return (
        f"set_field:{cluster.INSIDE_MAC}->eth_src,"
        f"set_field:{cluster.NODE_MACS[number]}->eth_dst"
    )


TO_ROUTER = f"set_field:{cluster.OUTSIDE_MAC}->eth_src," f"set_field:{cluster.ROUTER_MAC}->eth_dst"


def matches_of(number: int) -> list:
    """What is a node's of what comes in: its slice, and its login service."""
    ports = f"{cluster.SLICES[number]:#x}/{0x10000 - cluster.SLICE:#x}"
    return [
        f"udp,udp_dst={ports}",
        f"tcp,tcp_dst={ports}",
        f"tcp,tcp_dst={cluster.SERVICES[number]}",
    ]


class OpenVSwitchStateless(OpenVSwitch):
    """Rewrites addresses by port, with no state: what is possible where one node owns a service."""

    name = "ovs-stateless"

    def flows(self) -> list:
        flows = []
        for number, address in enumerate(cluster.NODES):
            flows += [
                f"in_port=1,{match},nw_dst={cluster.CLUSTER} actions="
                f"set_field:{address}->ip_dst,{to_node(number)},output:2"
                for match in matches_of(number)
            ]
            flows.append(
                f"in_port=2,ip,nw_src={address} actions="
                f"set_field:{cluster.CLUSTER}->ip_src,{TO_ROUTER},output:1"
            )
        return flows


class OpenVSwitchConntrack(OpenVSwitch):
    """The same translation remembered for each connection, and undone for its answers."""

    name = "ovs-conntrack"

    def start(self) -> None:
        super().start()
        run(
            "ovs-appctl",
            "-t",
            f"{self._files}/ovs-vswitchd-dpdk.{self.process.pid}.ctl",
            "dpctl/ct-set-maxconns",
            "3000000",
            environment=self._environment,
        )

    def flows(self) -> list:
        # One-way datagrams stay "new" after their connection was committed.
        flows = [
            "table=0,in_port=1,ip actions=ct(table=1,zone=1,nat)",
            f"table=2,ct_state=+trk+new,ip actions=ct(commit,zone=1,"
            f"nat(src={cluster.CLUSTER})),{TO_ROUTER},output:1",
            f"table=2,ct_state=+trk+est,ip actions={TO_ROUTER},output:1",
        ]
        for number, address in enumerate(cluster.NODES):
            flows += [
                f"table=1,priority=2,ct_state=+trk+new,{match} actions=ct(commit,zone=1,"
                f"nat(dst={address})),{to_node(number)},output:2"
                for match in matches_of(number)
            ]
            flows.append(
                f"table=1,priority=1,ct_state=+trk+est,ip,nw_dst={address} actions="
                f"{to_node(number)},output:2"
            )
            flows.append(f"table=0,in_port=2,ip,nw_src={address} actions=ct(table=2,zone=1,nat)")
        return flows
