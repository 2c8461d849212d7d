"""Processes of the rig: started with their output kept, asked, and ended again."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import time
from pathlib import Path


class RigError(Exception):
    """Something did not do what was asked of it; the text says what to look at."""


def wait_until(seconds: float, what: str, condition) -> None:
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise RigError(f"after {seconds:g} s: {what}")
        time.sleep(0.005)


class Process:
    """A program whose output goes to a log."""

    def __init__(
        self,
        command: list,
        log: Path,
        namespace: str | None = None,
        stdin=None,
        environment: dict | None = None,
        cpu: int | None = None,
    ):
        """`cpu`: where all its threads begin, but those that it places itself."""
        if cpu is not None:
            command = ["taskset", "--cpu-list", cpu, *command]
        if namespace is not None:
            command = ["ip", "netns", "exec", namespace, *command]
        self.log = log
        with open(log, "wb") as file:
            self._process = subprocess.Popen(
                [str(word) for word in command],
                stdin=stdin or subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                env={**os.environ, **(environment or {})},
            )
        self.pid = self._process.pid
        self.stdin = self._process.stdin

    def running(self) -> bool:
        return self._process.poll() is None

    def require_running(self) -> None:
        if not self.running():
            lines = self.log.read_text(errors="replace").splitlines()[-5:]
            raise RigError(f"{self._process.args[0]} ended; {self.log}:\n  " + "\n  ".join(lines))

    def wait_for(self, seconds: float, text: str) -> None:
        def said() -> bool:
            self.require_running()
            return text in self.log.read_text(errors="replace")

        wait_until(seconds, f"no '{text}' in {self.log}", said)

    def stop(self) -> None:
        if self.running():
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()


class Telemetry:
    """The telemetry socket of a DPDK process."""

    def __init__(self, prefix: str):
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        path = f"/var/run/dpdk/{prefix}/dpdk_telemetry.v2"
        wait_until(10, f"no socket {path}", lambda: self._connected(path))
        self._socket.settimeout(5)
        self._socket.recv(1024)

    def _connected(self, path: str) -> bool:
        with contextlib.suppress(OSError):
            self._socket.connect(path)
            return True
        return False

    def ask(self, command: str):
        self._socket.send(command.encode())
        return next(iter(json.loads(self._socket.recv(16384)).values()))

    def close(self) -> None:
        self._socket.close()


def run(*command, namespace: str | None = None, environment: dict | None = None) -> str:
    """Runs a short command, and returns what it prints."""
    words = [str(word) for word in command]
    if namespace is not None:
        words = ["ip", "netns", "exec", namespace, *words]
    result = subprocess.run(
        words, capture_output=True, text=True, env={**os.environ, **(environment or {})}
    )
    if result.returncode != 0:
        raise RigError(f"{' '.join(words)}: {result.stderr.strip() or result.stdout.strip()}")
    return result.stdout


def make_namespace(name: str) -> None:
    """A new network namespace, also where a run that was killed left one of this name."""
    if name in run("ip", "netns", "list").split():
        run("ip", "netns", "del", name)
    run("ip", "netns", "add", name)


def polling_threads(pid: int, name: str) -> list:
    """The threads of a process whose name begins like this. @raise RigError if there are none"""
    found = [
        int(task.name)
        for task in Path(f"/proc/{pid}/task").iterdir()
        if (task / "comm").read_text().startswith(name)
    ]
    if not found:
        raise RigError(f"process {pid} has no thread {name}...")
    return found


def seconds_waited(thread: int) -> float:
    """How long a thread was ready to run while its CPU did something else."""
    return int(Path(f"/proc/{thread}/schedstat").read_text().split()[1]) / 1e9
