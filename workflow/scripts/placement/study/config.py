"""A study's config, checked: everything wrong with it at once, one line a problem."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from placement.data.chosen import DEFAULTS, Chosen, chosen
from placement.errors import InputError
from placement.network import backbones
from placement.network.spec import resolve
from placement.study import claims, reading, schema, select
from placement.study.problems import Problem


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
    lines += [problem.line(sources) for problem in [*structure, *_inconsistencies(config, unsound, look)]]
    if lines:
        raise InputError("\n".join(lines))


def _inconsistencies(config: dict[str, Any], unsound: set[str], look: bool) -> Iterator[Problem]:
    """What is wrong between keys, but for the `unsound` top-level ones."""
    known = None
    if "dataset" not in unsound:
        try:
            known = chosen(config["dataset"], look)
        except InputError as error:
            yield Problem.of(error)
        else:
            yield from _too_few_images(DEFAULTS | config["dataset"], known)
            if unsound.isdisjoint(("augmentation", "variants")):
                yield from _too_large_augmentation(config, known)
    if unsound.isdisjoint(("variants", "backbone", "dropout", "norm")):
        yield from _impossible_variants(config, known)
    if unsound.isdisjoint(("comparison", "variants")):
        comparison, variants = config["comparison"], config["variants"]
        if comparison["baseline"] not in variants:
            expected = ", ".join(variants)
            yield Problem(("comparison", "baseline"), f"found {comparison['baseline']!r}, expected one of {expected}")
        yield from claims.problems(comparison["claims"], list(variants))
        if "select" in comparison:
            factors = [key for key in config.get("grid", {}) if key != "exclude"]
            yield from select.problems(comparison["select"], factors, variants, comparison["baseline"])


def _impossible_variants(config: dict[str, Any], known) -> Iterator[Problem]:
    shared = (("backbone",), ("dropout",), ("norm",))
    for name in config["variants"]:
        try:
            spec = resolve(name, config)
        except InputError as error:
            problem = Problem.of(error)
            # What is wrong with the variant as a whole is so together with what all variants share.
            yield problem._replace(also=shared if len(problem.path) == 2 else ())
            continue
        try:
            if known is not None:
                backbones.build(spec, known.shape, len(known.class_names))
        except InputError as error:
            yield Problem(("variants", name), str(error), shared)


def _too_large_augmentation(config: dict[str, Any], known: Chosen) -> Iterator[Problem]:
    given = {(): config} | {("variants", name): variant for name, variant in config["variants"].items()}
    side = min(known.shape[:2])
    for path, fields in given.items():
        for name in ("crop", "cutout"):
            if (pixels := fields.get("augmentation", {}).get(name, 0)) > side:
                yield Problem(
                    (*path, "augmentation", name), f"found {pixels}, expected at most {side}, the images' side"
                )


def _too_few_images(dataset: dict[str, Any], known: Chosen) -> Iterator[Problem]:
    limit, classes = dataset["limit"], len(known.class_names)
    images = known.training_size if limit is None else limit
    if images > known.training_size:
        yield Problem(
            ("dataset", "limit"),
            f"found {limit}, expected at most {known.training_size}, the training images there are",
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
