"""How fast the variants get to an accuracy."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from placement.analysis import convergence
from placement.reading.figures import parts
from placement.reading.figures.backend import Axes, Figure, MaxNLocator, mpl
from placement.reading.figures.look import LOOK, WIDTH, Style


@mpl.rc_context(LOOK)
def draw(runs: pd.DataFrame, curves: pd.DataFrame, styles: Mapping[str, Style]) -> Figure:
    """The share of all runs that have reached each target by epoch, and mean validation curves.

    A target that no run has reached has no panel. A tick marks where runs ended without having reached the target. The
    curves are the mean over seeds of the best validation accuracy so far, a stopped run carried on at its best: all
    means are over all seeds.

    Args:
        runs: variant, epochs_to_090, reached_090, epochs_to_relative, reached_relative, relative_target.
        curves: convergence.learning_curves of the same runs.
        styles: in config order.
    """
    figure = parts.with_legend(styles, WIDTH, 2.7)
    last = int(curves["epoch"].max())
    relative = f"{100 * runs['relative_target'].iloc[0]:.2f} %"
    titles = {
        "090": f"{100 * convergence.TARGET_ACCURACY:g} % validation accuracy",
        "relative": f"{relative} ({100 * convergence.RELATIVE_TARGET:g} % of baseline)",
    }
    targets = [target for target in titles if runs[f"reached_{target}"].any()]
    panels = figure.subplots(1, len(targets) + 1, squeeze=False)[0]
    for axes, target in zip(panels, targets, strict=False):
        for variant, style in styles.items():
            group = runs[runs["variant"] == variant]
            _reached(axes, group[f"epochs_to_{target}"].to_numpy(), group[f"reached_{target}"].to_numpy(), style)
        axes.set(title=titles[target], xlabel="Epoch", ylim=(-3, 103), xlim=(0, last + 0.3))
    if targets:
        panels[0].set_ylabel("Runs having reached it (%)")
    best = curves.sort_values("epoch").assign(best=curves.groupby(["variant", "seed"])["val_accuracy"].cummax())
    for variant, style in styles.items():
        table = best[best["variant"] == variant].pivot(index="epoch", columns="seed", values="best")
        mean = 100 * table.reindex(range(1, last + 1)).ffill().mean(axis=1)
        panels[-1].plot(mean.index, mean, **parts.line_style(style), markevery=max(last // 6, 1))
    panels[-1].set(title="Best validation accuracy so far", xlabel="Epoch", ylabel="Mean over seeds (%)")
    for axes in panels:
        axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    return figure


def _reached(axes: Axes, times: np.ndarray, reached: np.ndarray, style: Style) -> None:
    events, share = convergence.cumulative_incidence(times, reached)
    level = 100 * np.concatenate([[0], share])
    x, y = np.concatenate([[0], events, [times.max()]]), np.append(level, level[-1])
    axes.step(x, y, where="post", **parts.line_style(style, marker=""))
    axes.plot(events, level[1:], linestyle="none", color=style.colour, marker=style.marker)
    ended = np.unique(times[~reached])
    height = level[np.searchsorted(events, ended, side="right")]
    axes.plot(ended, height, linestyle="none", color=style.colour, marker="|", markersize=8)
