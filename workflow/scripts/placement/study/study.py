"""A study: its config, checked and resolved in one pass, and what each part of the workflow gets of it."""

from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from placement.errors import ConfigError, InputError
from placement.network.spec import VariantSpec
from placement.study import claim_problems, dataset, grids, levels, networks, parsing, schema, select, variants
from placement.study.claims import Claim
from placement.study.dataset import StudyDataset
from placement.study.grids import Expansion, Grid
from placement.study.problems import Problem, one_of, place, said_by
from placement.study.seeds import listed
from placement.study.variants import Variant
from placement.training.recipes import Recipe

# What decides which variants a grid makes.
_OF_CELLS = ("grid", "variants", "training", "augmentation", *networks.SHARED)


@dataclass(frozen=True)
class Study:
    """What is asked.

    Attributes:
        name: of its folder.
        dataset: what its runs train on.
        seeds: of the runs of each variant, in running order.
        variants: by name, those of the grid after the others.
        grid: None where it has none.
        comparison: baseline, rope, claims and perhaps select, as the config has them.
        outputs: what is written beside CSV, PNG and SVG.
    """

    name: str
    dataset: StudyDataset
    seeds: tuple[int, ...]
    variants: dict[str, Variant]
    grid: Grid | None
    comparison: dict[str, Any]
    outputs: tuple[str, ...]

    def identity(self, variant: str, seed: int) -> dict[str, Any]:
        """All of the config that one run depends on, keys in one fixed order (see history.IDENTITY)."""
        chosen = self.variants[variant]
        return {
            "study": self.name,
            "dataset": self.dataset.identity,
            "variant": variant,
            "seed": seed,
            **chosen.record,
        }

    def compared(self, config_file: str, tables: dict[str, str]) -> dict[str, Any]:
        """What its comparison gets: see `study` in compare.py.

        Args:
            config_file: the one beside the results, which is the study whatever files and command line it was given by.
            tables: {name: title} of the tables to write.
        """
        info = self.dataset.info
        return {
            "study": self.name,
            "dataset": self.dataset.name,
            "classes": list(info.class_names),
            "shape": list(info.shape),
            "images": self.dataset.counted,
            "copies": info.copies.text,
            "seeds": list(self.seeds),
            "config_file": config_file,
            "comparison": self.comparison,
            "variants": {
                name: {"label": variant.label} | ({} if variant.colour is None else {"colour": variant.colour})
                for name, variant in self.variants.items()
            },
            "specs": {
                name: variant.record["spec"] | {"training": variant.record["training"]}
                for name, variant in self.variants.items()
            },
            "tables": tables,
            "outputs": list(self.outputs),
            "grid": self.grid and self.grid.to_dict(),
        }


def read(config: dict[str, Any], sources: Mapping[str, Any], look: bool = True) -> Study:
    """The study of a whole config.

    Args:
        config: as merged from the files and the command line.
        sources: {name: content} of what it was merged from, what counts most comes last: the files, which are looked
            at for names that they give twice, and --config.
        look: whether to look at a folder of images, which takes time and records what was found; else it is taken as it
            was at the last look.

    Raises:
        InputError: one line a problem, each naming who said it, the key, what was found and what was expected.
    """
    lines = [f"{file}: {line}" for file in sources if Path(file).is_file() for line in parsing.repeated_names(file)]
    study, problems = understood(config, sources, look)
    lines += [problem.line(sources) for problem in _of_a_base(problems, sources)]
    if lines or study is None:
        raise InputError("\n".join(lines))
    return study


def understood(
    config: dict[str, Any], sources: Mapping[str, Any] | None = None, look: bool = False
) -> tuple[Study | None, list[Problem]]:
    """The study of a config, as far as it can be understood, and all that is wrong; arguments as in `read`.

    What depends on several keys is looked at only where each of them is sound.
    """
    found = schema.problems(config, schema.load())
    unsound = {problem.path[0] for problem in found if problem.path}
    seeds = () if "seeds" in unsound else tuple(listed(config["seeds"]))
    data, problems = _dataset(config, unsound, seeds, look)
    found += problems
    expansion, problems = _expansion(config, unsound)
    found += problems
    if expansion is not None and unsound.isdisjoint(("variants", *networks.SHARED)):
        found += _unused(expansion, sources or {})
    if expansion is None:  # then what the grid's variants are isn't known
        config, unsound = config | {"variants": config.get("variants", {})}, unsound | {"comparison"}
        expansion = Expansion(config, None, [], [])
    cells = {cell.variant for cell in expansion.kept}
    resolved, problems = _variants(expansion, data, unsound)
    found += _on_cells(problems, cells)
    if unsound.isdisjoint(("comparison", "variants")):
        found += _comparison(expansion, cells, seeds, sources or {})
    if data is None or resolved is None or not unsound.isdisjoint(("study", "seeds", "comparison", "outputs")):
        return None, found
    study = Study(
        name=config["study"],
        dataset=data,
        seeds=seeds,
        variants=resolved,
        grid=expansion.grid,
        comparison=config["comparison"],
        outputs=tuple(config.get("outputs", ())),
    )
    return study, found


def _dataset(
    config: dict[str, Any], unsound: Set[str | int], seeds: tuple[int, ...], look: bool
) -> tuple[StudyDataset | None, list[Problem]]:
    if "dataset" in unsound:
        return None, []
    try:
        data = dataset.read(config["dataset"], look)
    except ConfigError as error:
        return None, [Problem.of(error)]
    return data, list(dataset.problems(data, seeds))


def _expansion(config: dict[str, Any], unsound: Set[str | int]) -> tuple[Expansion | None, list[Problem]]:
    """None where a grid can't be expanded, or is wrong."""
    if "grid" not in config:
        return grids.expanded(config), []
    if "grid" in unsound:
        return None, []
    if wrong := list(levels.problems(config["grid"], "order" in config)):
        return None, wrong
    if not unsound.isdisjoint(_OF_CELLS):
        return None, []
    if wrong := list(grids.too_many(config)):
        return None, wrong
    expansion = grids.expanded(config)
    wrong = list(grids.problems(config, expansion))
    return None if wrong else expansion, wrong


def _variants(
    expansion: Expansion, data: StudyDataset | None, unsound: Set[str | int]
) -> tuple[dict[str, Variant] | None, list[Problem]]:
    """None where one of them isn't known."""
    config = dict(expansion.config)
    found: list[Problem] = []
    if "variants" not in unsound:
        found += variants.unusable_labels(config)
    if data is not None and unsound.isdisjoint(("augmentation", "variants")):
        found += variants.too_large_augmentation(config, data)
    # What isn't sound has been told: the rest is checked without it.
    config |= {key: {} for key in ("training", "augmentation") if key in unsound}
    specs: dict[str, VariantSpec] = {}
    recipes: dict[str, Recipe] = {}
    if unsound.isdisjoint(("variants", *networks.SHARED)):
        specs, problems = variants.specs(config, data, expansion.specs)
        found += problems
    if "training" not in unsound:
        written = {} if "variants" in unsound else config["variants"]
        recipes, problems = variants.recipes_of(config, written)
        found += problems
    if "variants" in unsound or not config["variants"].keys() == specs.keys() == recipes.keys():
        return None, found
    return {
        name: Variant(name, variants.label(name, fields), fields.get("colour"), specs[name], recipes[name])
        for name, fields in config["variants"].items()
    }, found


def _unused(expansion: Expansion, sources: Mapping[str, Any]) -> Iterator[Problem]:
    """Of what variants share, that each has of its own; not where a base gave it and the variants are others."""
    config, variants = expansion.config, expansion.config["variants"].values()
    if not variants:
        return
    later = _place_of_variants(sources)
    for key in ("order", "activation", "norm"):
        if key not in config or place(sources, (key,)) < later or not all(key in fields for fields in variants):
            continue
        without = {name: value for name, value in config.items() if name != key}
        try:
            changes = any(networks.resolve(fields, without) != networks.resolve(fields, config) for fields in variants)
        except ConfigError:  # told elsewhere
            continue
        if not changes:
            yield Problem((key,), "given, but each variant has one of its own, expected it to be left out")


def _comparison(
    expansion: Expansion, cells: Set[str], seeds: tuple[int, ...], sources: Mapping[str, Any]
) -> Iterator[Problem]:
    comparison, names, grid = expansion.config["comparison"], list(expansion.config["variants"]), expansion.grid
    if (baseline := comparison["baseline"]) not in names:
        others = _others(sources, ("comparison", "baseline"))
        yield Problem(("comparison", "baseline"), f"found {baseline!r}, expected {one_of(names, baseline)}{others}")
    at = ("comparison", "claims")
    of_a_base = place(sources, at) < _place_of_variants(sources)
    yield from _wrong_claims(comparison["claims"], names, grid, _others(sources, at) if of_a_base else "")
    if "select" in comparison:
        factors = list(grid.factors) if grid else []
        known = baseline if baseline in names else None
        yield from select.problems(comparison["select"], factors, cells, known, seeds)


def _of_a_base(problems: list[Problem], sources: Mapping[str, Any]) -> list[Problem]:
    """Variants of a base that don't fit a study which says nothing of variants are told once: it didn't write them."""
    if place(sources, ("variants",)) >= place(sources, ("study",)):
        return problems
    strangers = [problem for problem in problems if problem.path[0] == "variants" and len(problem.path) > 1]
    if len(strangers) < 2:
        return problems
    first = ": ".join((".".join(map(str, strangers[0].path[1:])), strangers[0].text))
    told = Problem(
        ("variants",),
        f"{len({problem.path[1] for problem in strangers})} of the base's don't fit ({first}), expected `variants` of "
        "the study's own, or `variants: {}` for none beside its grid",
        (("study",),),
    )
    return [problem for problem in problems if problem not in strangers] + [told]


def _place_of_variants(sources: Mapping[str, Any]) -> int:
    """How much the source counts that says last what they are."""
    return max(place(sources, (key,)) for key in ("variants", "grid"))


def _others(sources: Mapping[str, Any], path: tuple[str, ...]) -> str:
    """Whose the variants are, to be said where a value that names some is another file's."""
    whose = []
    for key in ("variants", "grid"):
        sayer = said_by(sources, (key,))
        if sayer not in (None, said_by(sources, path)) and sources[sayer][key]:
            whose.append(f"`{key}` of {sayer}")
    return f" ({' and '.join(whose)})" if whose else ""


def _wrong_claims(
    given: list[dict[str, Any]], variants: list[str], grid: Grid | None, others: str
) -> Iterator[Problem]:
    """Claims of a base about variants that a study based on it hasn't are told once.

    Args:
        others: whose the variants are, where the claims are of a base of theirs.
    """
    found = list(claim_problems.problems(given, variants, grid))
    named = (name for claim in given for name in Claim.of(claim).variants)
    strangers = dict.fromkeys(name for name in named if name not in variants)
    if not others or not strangers:
        yield from found
        return
    yield Problem(
        ("comparison", "claims"),
        f"they name {', '.join(strangers)}, which this study hasn't{others}, expected claims about those that are "
        "there, or `comparison: {claims: []}` for none",
    )


def _on_cells(problems: Iterable[Problem], cells: Set[str]) -> Iterator[Problem]:
    """What is wrong with variants, where that is with a cell of the grid said of the grid: once, of all such cells."""
    alike: dict[tuple[str, tuple], list[str]] = {}
    for problem in problems:
        if problem.path[0] != "variants" or problem.path[1] not in cells:
            yield problem
            continue
        _, name, *keys = problem.path
        text = ": ".join(filter(None, [".".join(map(str, keys)), problem.text]))
        alike.setdefault((text, problem.also), []).append(str(name))
    for (text, also), names in alike.items():
        which = f"cells {names[0]} and {len(names) - 1} more" if len(names) > 1 else f"cell {names[0]}"
        yield Problem(("grid",), f"{which}: {text}", also)
