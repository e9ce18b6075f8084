"""The report's plots, as SVG that stands inside of a page."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from evals.attribution import CAUSES, Cause

if TYPE_CHECKING:
    from matplotlib.axes import Axes

WIDTH = 7.6  # inches
# Okabe & Ito 2008: told apart by colour-blind readers.
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#8c6d31", "#555555")
MARKERS = ("o", "s", "^", "D", "v")
# Right is green; the others go through the pipeline from early to late.
CAUSE_COLOURS: dict[Cause, str] = {
    "right": "#009e73",
    "measures disagree": "#f0e442",
    "should have refused": "#cc79a7",
    "no evidence known": "#bbbbbb",
    "not retrieved": "#0072b2",
    "lost by a postprocessor": "#56b4e9",
    "cut by the budget": "#e69f00",
    "in the prompt, not used": "#d55e00",
    "failed": "#333333",
}


LIGHT = ("measures disagree", "no evidence known", "cut by the budget")


@dataclass(frozen=True)
class Drawn:
    """A plot: `svg` to be put into a page as it is, and what it shows in words."""

    svg: str
    title: str


@dataclass(frozen=True)
class Bar:
    """A mean with its interval, of one arm."""

    label: str
    value: float
    low: float
    high: float


def interval_plot(bars: Sequence[Bar], title: str) -> Drawn:
    """A row an arm, from the top: its mean as a dot, the interval as a line."""
    with _figure(title, 0.9 + 0.34 * len(bars)) as (drawn, axes):
        rows = range(len(bars), 0, -1)
        values = [bar.value for bar in bars]
        ends = [
            [bar.value - bar.low for bar in bars],
            [bar.high - bar.value for bar in bars],
        ]
        axes.errorbar(values, rows, xerr=ends, fmt="o", color=COLOURS[0], elinewidth=2, capsize=3)
        axes.set_yticks(rows, [bar.label for bar in bars])
        axes.set_ylim(0.4, len(bars) + 0.6)
        axes.set_xlim(left=min(0.0, *(bar.low for bar in bars)))
    return drawn[0]


def recall_plot(
    lines: Mapping[str, Sequence[float]], xs: Sequence[int], title: str, x_title: str
) -> Drawn:
    """A line an arm over the same cut-offs; recall in 0..1."""
    with _figure(title, 3.2) as (drawn, axes):
        for place, (name, values) in enumerate(lines.items()):
            colour, marker = _mark(place)
            axes.plot(xs, values, marker=marker, markersize=4, color=colour, label=name)
        axes.set_xticks(xs)
        axes.set_ylim(0, 1.02)
        axes.set_xlabel(x_title)
        axes.set_ylabel("recall")
        axes.legend(loc="center left", bbox_to_anchor=(1.01, 0.5), frameon=False)
    return drawn[0]


def cause_plot(rows: Mapping[str, Mapping[Cause, int]], title: str) -> Drawn:
    """A row an arm, its questions divided by what became of them."""
    from matplotlib.ticker import MaxNLocator

    with _figure(title, 1.3 + 0.34 * len(rows)) as (drawn, axes):
        places = range(len(rows), 0, -1)
        left = [0] * len(rows)
        for cause in CAUSES:
            counts = [row.get(cause, 0) for row in rows.values()]
            if not any(counts):
                continue
            bars = axes.barh(places, counts, left=left, color=CAUSE_COLOURS[cause], label=cause)
            labels = [str(n) if n else "" for n in counts]
            colour = "black" if cause in LIGHT else "white"
            axes.bar_label(bars, labels, label_type="center", color=colour, fontsize=8)
            left = [before + n for before, n in zip(left, counts, strict=True)]
        axes.set_yticks(places, list(rows))
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.set_xlabel("questions")
        axes.legend(loc="lower center", bbox_to_anchor=(0.4, 1.0), ncols=3, frameon=False)
    return drawn[0]


def cost_plot(points: Sequence[tuple[str, float, float]], title: str, x: str, y: str) -> Drawn:
    """A point an arm: what it costs across, what it is worth up."""
    with _figure(title, 3.2) as (drawn, axes):
        for place, (name, cost, worth) in enumerate(points):
            colour, marker = _mark(place)
            axes.scatter([cost], [worth], color=colour, marker=marker, s=45, label=name)
        axes.set_xlim(left=0)
        axes.set_ylim(0, 1.02)
        axes.set_xlabel(x)
        axes.set_ylabel(y)
        axes.legend(loc="center left", bbox_to_anchor=(1.01, 0.5), frameon=False)
    return drawn[0]


def search_plot(
    scores: Sequence[float | None],
    best: Sequence[float | None],
    base: float | None,
    title: str,
    y: str,
) -> Drawn:
    """A point a trial in the order of a search, and the best so far; the base as a line across."""
    from matplotlib.ticker import MaxNLocator

    with _figure(title, 3.2) as (drawn, axes):
        numbers = range(1, len(scores) + 1)
        tried = [(number, s) for number, s in zip(numbers, scores, strict=True) if s is not None]
        axes.scatter(
            [n for n, _ in tried], [s for _, s in tried], color=COLOURS[5], s=28, label="trials"
        )
        held = [(number, b) for number, b in zip(numbers, best, strict=True) if b is not None]
        if held:
            axes.step(
                [n for n, _ in held], [s for _, s in held], where="post", color=COLOURS[0],
                label="best so far",
            )  # fmt: skip
        if base is not None:
            axes.axhline(base, color=COLOURS[1], linestyle="--", label="base")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.set_xlabel("trial")
        axes.set_ylabel(y)
        axes.legend(loc="center left", bbox_to_anchor=(1.01, 0.5), frameon=False)
    return drawn[0]


def length_plot(lengths: Mapping[str, Sequence[int]], title: str) -> Drawn:
    """A row an arm: how long its answers are, as quartiles and range."""
    with _figure(title, 0.9 + 0.34 * len(lengths)) as (drawn, axes):
        places = list(range(len(lengths), 0, -1))
        axes.boxplot(
            list(lengths.values()), positions=places, orientation="horizontal", widths=0.5,
            whis=(0, 100), medianprops={"color": COLOURS[1]},
        )  # fmt: skip
        axes.set_yticks(places, list(lengths))
        axes.set_xlim(left=0)
        axes.set_xlabel("characters")
    return drawn[0]


def _mark(place: int) -> tuple[str, str]:
    """Colour and marker of an arm: a new marker where the colours begin anew."""
    return COLOURS[place % len(COLOURS)], MARKERS[place // len(COLOURS) % len(MARKERS)]


@contextmanager
def _figure(title: str, height: float) -> Iterator[tuple[list[Drawn], Axes]]:
    """Axes to draw on; afterwards the list holds the plot.

    Text stays text, so that the reader's fonts write Japanese names; the same data give the same
    bytes.
    """
    import matplotlib as mpl
    from matplotlib.figure import Figure

    settings: Any = {
        "svg.fonttype": "none", "svg.hashsalt": "yomitoki", "font.family": "sans-serif",
        "font.size": 9, "axes.spines.top": False, "axes.spines.right": False,
        "axes.grid": True, "axes.grid.axis": "x", "grid.color": "#dddddd", "axes.axisbelow": True,
    }  # fmt: skip
    with mpl.rc_context(settings):
        figure = Figure(figsize=(WIDTH, height), layout="constrained")
        drawn: list[Drawn] = []
        yield drawn, figure.subplots()
        written = io.StringIO()
        figure.savefig(written, format="svg", metadata={"Date": None}, transparent=True)
    # Without the XML declaration, which has no place inside of HTML.
    svg = written.getvalue()
    drawn.append(Drawn(svg[svg.index("<svg") :], title))
