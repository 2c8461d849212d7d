"""Medians and ranges over rounds."""

import dataclasses
import json
import statistics
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path


@dataclass
class Spread:
    median: float
    least: float
    most: float


def of(values: Iterable) -> Spread | None:
    """None of no values."""
    found = list(values)
    return Spread(statistics.median(found), min(found), max(found)) if found else None


def cells(spread: Spread | None, width: int, digits: int) -> str:
    """Median and range in columns so wide."""
    if spread is None:
        return " " * (3 * width + 2)
    median, least, most = (
        f"{value:{width}.{digits}f}" for value in (spread.median, spread.least, spread.most)
    )
    return f"{median} {least}-{most.strip():<{width}}"


def write_json(path: Path, what: dict) -> None:
    """Dataclasses become objects."""
    path.write_text(json.dumps(what, indent=1, default=dataclasses.asdict) + "\n")
