"""The program behind scripts/bench."""

import argparse
import os
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path

from . import agents, captures, latency, round_trips, start, throughput
from .devices import Encluster
from .process import RigError

MEASUREMENTS = {
    "throughput": throughput,
    "latency": latency,
    "round-trips": round_trips,
    "start": start,
    "agents": agents,
}
COMMANDS = {**MEASUREMENTS, "captures": captures}


def parse(words: list) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="scripts/bench", description="Compares enclusterd with other packet switches."
    )
    commands = parser.add_subparsers(
        dest="command", required=True, help="COMMAND --help says more; default: throughput"
    )
    for name, module in COMMANDS.items():
        command = commands.add_parser(
            name,
            help=module.__doc__,
            description=module.DESCRIPTION,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        module.add_options(command)
    if not words or words[0] not in (*COMMANDS, "-h", "--help"):
        words = ["throughput", *words]
    chosen = parser.parse_args(words)
    if chosen.command not in MEASUREMENTS:
        return chosen
    if chosen.rounds < 1 or not 0.1 <= getattr(chosen, "seconds", 1) <= 600:
        parser.error("--rounds begins at 1; --seconds are 0.1 to 600")
    if chosen.check:
        chosen.rounds = 1
    if chosen.output is None:
        results = Path(__file__).parents[1] / "results"
        chosen.output = results / f"{time.strftime('%Y-%m-%d')}-{chosen.command}"
    return chosen


def main(words: list) -> int:
    chosen = parse(words)
    return (
        measure(chosen) if chosen.command in MEASUREMENTS else COMMANDS[chosen.command].run(chosen)
    )


def measure(chosen: argparse.Namespace) -> int:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    if (os.cpu_count() or 1) < 2:
        raise RigError("two CPUs are needed: one for the generator, one for the device")
    chosen.output.parent.mkdir(parents=True, exist_ok=True)
    Encluster.program = chosen.build_dir / "enclusterd"
    folder = Path(tempfile.mkdtemp(prefix="encluster-bench."))
    try:
        status = MEASUREMENTS[chosen.command].run(chosen, folder)
    except RigError:
        print(f"bench: the logs are in {folder}/run", file=sys.stderr)
        raise
    except BaseException:
        shutil.rmtree(folder)
        raise
    shutil.rmtree(folder)
    return status


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except RigError as error:
        print(f"bench: {error}", file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
