"""Numbers, labels and tests as the findings write them: Markdown that reads as plain text."""

import re
import shlex
from collections.abc import Iterable, Mapping

import numpy as np

from placement.analysis import minimum
from placement.analysis.conventions import ALPHA, INFERENCE_SEEDS
from placement.counting import how_many

LEVEL = f"{1 - ALPHA:.0%}".replace("%", " %")


def seeds(n: int) -> str:
    return how_many(n, "complete seed")


def runs_a_variant(numbers: Iterable[int]) -> str:
    """How many each has: '1 run a variant', '3 or 5 runs a variant'."""
    *others, most = sorted(set(numbers))
    return f"{''.join(f'{n} or ' for n in others)}{how_many(most, 'run')} a variant"


def not_judged(what: str, comparisons: int, n: int) -> str:
    """That a family of so many comparisons, in words, has too few seeds with n."""
    needed = minimum.seeds_to_judge(comparisons)
    pointing = " Each interval says which way it points." if n >= INFERENCE_SEEDS else ""
    return f"Not judged: {seeds(needed)} are needed for {what}, and there are {n}.{pointing}"


def labels(of: Mapping[str, str], names: Iterable[str]) -> str:
    return listed(of[name] for name in names)


def listed(names: Iterable[str]) -> str:
    """Names one after the other; those of cells of a grid have commas of their own."""
    names = list(names)
    return ("; " if any("," in name for name in names) else ", ").join(names)


def text(text: str) -> str:
    """Plain text as Markdown that reads as this text, on one line and wherever it stands.

    Bars are left to the tables, which are nothing elsewhere; the dollars are for readers that know mathematics.
    """
    escaped = re.sub(r"([\\`*_\[\]<&$~#])", r"\\\1", " ".join(text.split()))
    return re.sub(r"^(\d+(?=[.)])|(?=[-+=>]))", r"\1\\", escaped)


def given(text) -> str:
    """A text of a table; where a file has none, that is not a number."""
    return text if isinstance(text, str) else ""


def number(x: float) -> str:
    return f"{hundredths(x):.2f}" if np.isfinite(x) else "-"


def signed(x: float) -> str:
    return f"{hundredths(x):+.2f}" if np.isfinite(x) else "-"


def hundredths(x: float) -> float:
    """Rounded twice, so that half a hundredth looks the same whatever its last bit; NumPy's rounding differs too."""
    # Adding zero takes the sign off a negative zero.
    return round(round(float(x), 6), 2) + 0


def in_unit(x: float, unit: str) -> str:
    """Points as elsewhere; other metrics may be of any size."""
    return signed(x) if unit == "points" or not np.isfinite(x) else f"{x + 0:+.3g}"


def count(x: float) -> str:
    return f"{x:,.0f}" if np.isfinite(x) else "-"


def interval(low: float, high: float) -> str:
    return f"[{number(low)}, {number(high)}]" if np.isfinite(low) else "-"


def p(p: float) -> str:
    """With so many digits that it stands on its side of ALPHA, two at least."""
    if not np.isfinite(p):
        return "-"
    written = (f"{p:.{digits}g}" for digits in range(2, 18))
    return "< 0.001" if p < 0.001 else next(text for text in written if (float(text) < ALPHA) == (p < ALPHA))


def p_is(value: float) -> str:
    return f"p {p(value)}" if value < 0.001 else f"p = {p(value)}"


def more_seeds(seeds: list[int], wanted_seeds: int, config_file: str) -> str:
    """The command that trains as many seeds as are wanted, of which it leaves those that are there as they are."""
    missing = max(wanted_seeds - len(seeds), 0)
    unused = [seed for seed in range(len(seeds) + missing) if seed not in seeds]
    wanted = [*seeds, *unused[:missing]]
    value = len(wanted) if wanted == list(range(len(wanted))) else f"'{wanted}'"
    return f"snakemake --cores N --configfile {shlex.quote(config_file)} --config seeds={value}"
