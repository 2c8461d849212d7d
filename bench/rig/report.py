"""What the rounds came to: a table, JSON, and pictures."""

import json
import statistics
from dataclasses import asdict, dataclass, field
from pathlib import Path

from .trial import Window


@dataclass
class Result:
    """All rounds of one device under one profile."""

    profile: str
    device: str
    windows: list = field(default_factory=list)  # a Window for each round
    ratios: list = field(default_factory=list)  # to the reference of the same round, both clean

    @property
    def clean(self) -> list:
        return [window for window in self.windows if window.clean]

    def figures(self, hertz: float) -> dict:
        """Medians over the clean rounds. A cycle count is what a saturated CPU had for each frame:
        of a device that was faster than the generator, it is too high."""
        clean = self.clean
        if not clean:
            return {}
        mpps = [window.mpps for window in clean]
        median = statistics.median(mpps)
        return {
            "mpps": median,
            "mpps_least": min(mpps),
            "mpps_most": max(mpps),
            "cycles": hertz / median / 1e6,
            "saturated": statistics.median(window.refused for window in clean) > 0.01,
            "lost": statistics.median(window.lost for window in clean),
            "ratio": statistics.median(self.ratios) if self.ratios else None,
            "ratio_least": min(self.ratios, default=None),
            "ratio_most": max(self.ratios, default=None),
            "rounds": len(clean),
            "rounds_left_out": len(self.windows) - len(clean),
        }


def note_round(results: dict, profile: str, windows: dict, reference: str) -> None:
    """Adds what the devices did in one round; ratios are those of this round."""
    base = windows.get(reference)
    for device, window in windows.items():
        result = results.setdefault((profile, device), Result(profile, device))
        if window is None:
            continue
        result.windows.append(window)
        if base is not None and base.clean and window.clean and base.mpps > 0:
            result.ratios.append(window.mpps / base.mpps)


HEADER = (
    f"{'profile':<11} {'device':<14} {'Mpps':>6} {'range':>13} {'cycles':>7} {'lost':>8} "
    f"{'ratio':>6} {'range':>11} {'rounds':>7}"
)


def line(result: Result, hertz: float) -> str:
    figures = result.figures(hertz)
    name = f"{result.profile:<11} {result.device:<14}"
    if not figures:
        return f"{name} no clean round of {len(result.windows)}"
    ratio = " " * 18
    if figures["ratio"] is not None:
        ratio = (
            f"{figures['ratio']:6.2f} {figures['ratio_least']:5.2f}-{figures['ratio_most']:5.2f}"
        )
    bound = " " if figures["saturated"] else "<"
    return (
        f"{name} {figures['mpps']:6.2f} {figures['mpps_least']:6.2f}-{figures['mpps_most']:6.2f}"
        f" {bound}{figures['cycles']:6.0f} {figures['lost']:8.2%} {ratio} "
        f"{figures['rounds']:>4}/{len(result.windows)}"
    )


def write_json(path: Path, results: dict, machine: dict, hertz: float) -> None:
    path.write_text(
        json.dumps(
            {
                "machine": machine,
                "results": [
                    {
                        "profile": result.profile,
                        "device": result.device,
                        **result.figures(hertz),
                        "ratios": result.ratios,
                        "windows": [as_json(window) for window in result.windows],
                    }
                    for result in results.values()
                ],
            },
            indent=1,
        )
        + "\n"
    )


def as_json(window: Window) -> dict:
    return {
        **asdict(window),
        "clean": window.clean,
        "mpps": window.mpps,
        "lost": window.lost,
        "refused": window.refused,
    }


def plot(stem: Path, results: dict, hertz: float, machine: dict) -> list:
    """Bars of throughput, a group for each profile; SVG and PNG."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    profiles = list(dict.fromkeys(profile for profile, _ in results))
    devices = list(dict.fromkeys(device for _, device in results))
    figure, axes = pyplot.subplots(figsize=(2 + 1.6 * len(profiles), 4.2))
    width = 0.8 / len(devices)
    for position, device in enumerate(devices):
        at, heights, below, above = [], [], [], []
        for group, profile in enumerate(profiles):
            figures = (
                results[profile, device].figures(hertz) if (profile, device) in results else {}
            )
            if figures:
                at.append(group + (position - (len(devices) - 1) / 2) * width)
                heights.append(figures["mpps"])
                below.append(figures["mpps"] - figures["mpps_least"])
                above.append(figures["mpps_most"] - figures["mpps"])
        axes.bar(
            at,
            heights,
            width * 0.92,
            yerr=(below, above),
            capsize=2,
            label=device,
            error_kw={"elinewidth": 0.8},
        )
    axes.set_xticks(range(len(profiles)), profiles)
    axes.set_ylabel("million packets a second, one CPU")
    axes.set_title(f"{machine['cpu']}, {machine['kernel']}", fontsize=8)
    axes.legend(fontsize=8, ncol=3, loc="upper center", bbox_to_anchor=(0.5, -0.1), frameon=False)
    axes.spines[["top", "right"]].set_visible(False)
    figure.tight_layout()
    files = [stem.with_suffix(suffix) for suffix in (".svg", ".png")]
    for file in files:
        figure.savefig(file, dpi=150)
    pyplot.close(figure)
    return files
