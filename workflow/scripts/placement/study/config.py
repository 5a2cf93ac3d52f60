"""A study's config, checked: everything wrong with it at once, one line a problem."""

from collections.abc import Iterator, Mapping, Sequence, Set
from pathlib import Path
from typing import Any

import numpy as np

from placement.data import splits
from placement.data.chosen import DEFAULTS, Chosen, chosen
from placement.errors import InputError
from placement.merging import merged as over
from placement.network import backbones
from placement.network.spec import resolve
from placement.study import claims, grids, identities, levels, reading, schema, select
from placement.study.problems import Problem, one_of, said_by
from placement.training import recipes

# What variants share, if they don't say their own.
_SHARED = ("backbone", "dropout", "norm")
# What decides which variants a grid makes.
_OF_CELLS = ("grid", "variants", "training", "augmentation", *_SHARED)


def check(config: dict[str, Any], wanted: dict[str, Any], sources: Mapping[str, Any], look: bool = True) -> None:
    """Check a whole config.

    Args:
        config: as merged from the files and the command line.
        wanted: the content of config.schema.yaml.
        sources: {name: content} of what it was merged from, what counts most comes last: the files, which are looked
            at for names that they give twice, and --config.
        look: whether to look at a folder of images, which takes time and records what was found; else it is taken as it
            was at the last look.

    Raises:
        InputError: one line a problem, each naming who said it, the key, what was found and what was expected.
    """
    lines = [f"{file}: {line}" for file in sources if Path(file).is_file() for line in reading.repeated_names(file)]
    structure = schema.problems(config, wanted)
    # What depends on several keys is looked at only where each of them is sound.
    unsound = {problem.path[0] for problem in structure if problem.path}
    found = [*structure, *_inconsistencies(config, wanted, sources, unsound, look)]
    lines += [problem.line(sources) for problem in _of_a_base(found, sources)]
    if lines:
        raise InputError("\n".join(lines))


def _inconsistencies(
    config: dict[str, Any], wanted: dict[str, Any], sources: Mapping[str, Any], unsound: set[str], look: bool
) -> Iterator[Problem]:
    """What is wrong between keys, but for the `unsound` top-level ones."""
    known = None
    if "dataset" not in unsound:
        try:
            known = chosen(config["dataset"], look)
        except InputError as error:
            yield Problem.of(error)
        else:
            seeds = () if "seeds" in unsound else identities.seeds(config)
            yield from _too_few_images(DEFAULTS | config["dataset"], known, seeds)
    cells: Set[str] = frozenset()
    grid = None
    if "grid" in config:
        wrong = list(_wrong_grid(config, wanted, unsound))
        yield from wrong
        written = config.get("variants", {})
        if wrong or not unsound.isdisjoint(_OF_CELLS):  # then what its variants are isn't known
            config = config | {"variants": written}
            unsound = unsound | {"comparison"}
        else:
            grid = grids.grid(config)
            config = grids.expanded(config)
            cells = config["variants"].keys() - written.keys()
    yield from _on_cells(_of_variants(config, known, unsound), cells)
    if unsound.isdisjoint(("comparison", "variants")):
        comparison, variants = config["comparison"], list(config["variants"])
        if (baseline := comparison["baseline"]) not in variants:
            others = _others(sources, ("comparison", "baseline"))
            yield Problem(
                ("comparison", "baseline"), f"found {baseline!r}, expected {one_of(variants, baseline)}{others}"
            )
        yield from _wrong_claims(comparison["claims"], variants, grid, _others(sources, ("comparison", "claims")))
        if "select" in comparison:
            factors = list(grid.factors) if grid else []
            seeds = [] if "seeds" in unsound else identities.seeds(config)
            yield from select.problems(comparison["select"], factors, cells, baseline, seeds)


def _of_a_base(problems: list[Problem], sources: Mapping[str, Any]) -> list[Problem]:
    """Variants of a base that don't fit a study which says nothing of variants are told once: it didn't write them."""
    names = [None, *sources]
    if names.index(said_by(sources, ("variants",))) >= names.index(said_by(sources, ("study",))):
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


def _others(sources: Mapping[str, Any], path: tuple[str, ...]) -> str:
    """Whose the variants are, to be said where a value that names some is another file's."""
    whose = {said_by(sources, (key,)) for key in ("variants", "grid")} - {said_by(sources, path), None}
    return f" (`variants` of {' and '.join(sorted(whose))})" if whose else ""


def _wrong_claims(
    given: list[dict[str, Any]], variants: list[str], grid: grids.Grid | None, others: str
) -> Iterator[Problem]:
    """Claims of a base about variants that a study based on it hasn't are told once."""
    found = list(claims.problems(given, variants, grid))
    strangers = dict.fromkeys(name for claim in given for name in claims.named(claim) if name not in variants)
    if not others or not strangers:
        yield from found
        return
    yield Problem(
        ("comparison", "claims"),
        f"they name {', '.join(strangers)}, which are none{others}, expected claims about those that are there, or "
        "`comparison: {claims: []}` for none",
    )


def _wrong_grid(config: dict[str, Any], wanted: dict[str, Any], unsound: set[str]) -> Iterator[Problem]:
    if "grid" in unsound:
        return
    wrong = list(levels.problems(config["grid"], wanted))
    yield from wrong
    if not wrong and unsound.isdisjoint(_OF_CELLS):
        yield from grids.problems(config)


def _of_variants(config: dict[str, Any], known: Chosen | None, unsound: set[str]) -> Iterator[Problem]:
    if "variants" not in unsound:
        yield from _unusable_labels(config)
    if known is not None and unsound.isdisjoint(("augmentation", "variants")):
        yield from _too_large_augmentation(config, known)
    if unsound.isdisjoint(("variants", *_SHARED)):
        yield from _at_what_is_shared(list(_impossible_variants(config, known, unsound)), config["variants"])
    if "training" not in unsound:
        yield from _impossible_recipes(config, {} if "variants" in unsound else config["variants"])


def _on_cells(problems: Iterator[Problem], cells: Set[str]) -> Iterator[Problem]:
    """What is wrong with variants, where that is with a cell of the grid said of the grid: once, of all such cells."""
    alike: dict[str, list[str]] = {}
    for problem in problems:
        if problem.path[0] != "variants" or problem.path[1] not in cells:
            yield problem
            continue
        _, name, *keys = problem.path
        alike.setdefault(": ".join(filter(None, [".".join(map(str, keys)), problem.text])), []).append(name)
    for text, names in alike.items():
        which = f"cells {names[0]} and {len(names) - 1} more" if len(names) > 1 else f"cell {names[0]}"
        yield Problem(("grid",), f"{which}: {text}")


def _unusable_labels(config: dict[str, Any]) -> Iterator[Problem]:
    """Readers tell variants apart by their labels, and legends leave out what begins with '_'."""
    called: dict[str, str] = {}
    for name, fields in config["variants"].items():
        at = ("variants", name, "label") if "label" in fields else ("variants", name)
        label = identities.label(config, name)
        if label.startswith("_"):
            yield Problem(at, f"found {label!r}, expected a label that doesn't begin with '_': legends leave it out")
        elif label == "seed":
            yield Problem(at, "found 'seed', expected another label: tables have a column of that name")
        elif (first := called.setdefault(label, name)) != name:
            yield Problem(
                at, f"found {label!r}, as {first} is called too, expected a label of its own", (("variants", first),)
            )


def _at_what_is_shared(problems: list[Problem], variants: dict[str, Any]) -> Iterator[Problem]:
    """What several variants have of a key that all of them share, such as dropout.rates, is told once, at that key."""
    told = set()
    for problem in problems:
        key, _, text = problem.text.partition(" ")
        path = tuple(key.split("."))
        if path[0] not in _SHARED or key.endswith(":") or any(path[0] in fields for fields in variants.values()):
            yield problem
        elif problem.text not in told:
            told.add(problem.text)
            yield Problem(path, text, tuple((other,) for other in _SHARED if other != path[0] and other in text))


def _impossible_variants(config: dict[str, Any], known, unsound: set[str]) -> Iterator[Problem]:
    shared = tuple((key,) for key in _SHARED)
    for name in config["variants"]:
        try:
            spec = resolve(name, config)
        except InputError as error:
            problem = Problem.of(error, ("variants", name))
            # What is wrong with the variant as a whole is so together with what all variants share.
            yield problem._replace(also=shared if len(problem.path) == 2 else ())
            continue
        try:
            if known is not None:
                network = (spec, known.shape, len(known.class_names))
                backbones.build(*network)
                if "training" not in unsound:
                    recipe = over(config["training"], config["variants"][name].get("training", {}))
                    backbones.check_batch(*network, recipe["batch_size"])
        except InputError as error:
            yield Problem(("variants", name), str(error), shared)


def _impossible_recipes(config: dict[str, Any], variants: dict[str, Any]) -> Iterator[Problem]:
    try:
        recipes.resolve(config["training"], "training")
    except InputError as error:  # which each variant would repeat
        yield Problem.of(error)
        return
    for name, fields in variants.items():
        where = ("variants", name, "training")
        try:
            recipes.resolve(over(config["training"], fields.get("training", {})), ".".join(where))
        except InputError as error:
            yield Problem.of(error, where)


def _too_large_augmentation(config: dict[str, Any], known: Chosen) -> Iterator[Problem]:
    given = {(): config} | {("variants", name): variant for name, variant in config["variants"].items()}
    side = min(known.shape[:2])
    for path, fields in given.items():
        for name in ("crop", "cutout"):
            if (pixels := fields.get("augmentation", {}).get(name, 0)) > side:
                yield Problem(
                    (*path, "augmentation", name), f"found {pixels}, expected at most {side}, the images' side"
                )


def _too_few_images(dataset: dict[str, Any], known: Chosen, seeds: Sequence[int]) -> Iterator[Problem]:
    limit, classes = dataset["limit"], len(known.class_names)
    images = known.training_size if limit is None else limit
    if images > known.training_size:
        yield Problem(
            ("dataset", "limit"),
            f"found {limit}, expected at most {known.training_size}, the training images there are",
        )
        return
    if images < 2 * classes:  # no fraction helps
        yield Problem(
            ("dataset", "limit"),
            f"found {limit}, expected at least {2 * classes}, for each class an image to train on and one to validate",
        )
        return
    validation = round(images * dataset["validation_fraction"])
    for part, count in (("validation", validation), ("training", images - validation)):
        if count < classes:
            yield Problem(
                ("dataset", "validation_fraction"),
                f"found {dataset['validation_fraction']} of {images} images, which leaves {count} for {part}, "
                f"expected one of each of the {classes} classes at least",
                (("dataset", "limit"),),
            )
            return
    yield from _too_few_of_a_class(dataset, known, seeds if dataset["split_seed"] is None else [dataset["split_seed"]])


def _too_few_of_a_class(dataset: dict[str, Any], known: Chosen, seeds: Sequence[int]) -> Iterator[Problem]:
    """What one of the splits would say, before anything is prepared: they go by the classes' sizes alone."""
    counts, fraction, limit = known.training_counts, dataset["validation_fraction"], dataset["limit"]
    if counts is None or not splits.may_run_short(counts, fraction, limit):
        return
    labels = np.repeat(np.arange(len(counts)), counts)
    try:
        for seed in seeds:
            splits.split(labels, fraction, seed, limit, known.class_names)
    except InputError as error:
        yield Problem(("dataset", "validation_fraction"), str(error).removeprefix("dataset: "), (("dataset", "limit"),))
