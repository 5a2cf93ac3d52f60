"""Variants in words, as plans and findings show them: what each trains, and how. No TensorFlow here."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from placement.counting import how_many
from placement.network.described import line
from placement.study.variants import Variant


def lines(variants: Mapping[str, Variant], shape: tuple[int, int, int], classes: int) -> list[str]:
    """A line for each network, with the names of the variants that have it, and one for each recipe.

    Args:
        variants: by name.
        shape, classes: of the images.
    """
    networks, recipes = defaultdict(list), defaultdict(list)
    for name, variant in variants.items():
        networks[f"{line(variant.spec, shape, classes)}; {parts(variant.record['spec'])}"].append(name)
        recipes[recipe(variant.record["training"])].append(name)
    return [
        *(f"{', '.join(names)}: {network}" for network, names in networks.items()),
        *(
            f"recipe of {', '.join(names)}: {said}" if len(recipes) > 1 else f"recipe: {said}"
            for said, names in recipes.items()
        ),
    ]


def recipe(training: Mapping[str, Any]) -> str:
    """A recipe, as Recipe.to_dict gives it."""
    return ", ".join(of_recipe(training))


def of_recipe(training: Mapping[str, Any]) -> list[str]:
    """What a recipe consists of, as Recipe.to_dict gives it."""
    said = {key: value for key, value in training.items() if key not in ("epochs", "batch_size", "threads")}
    stopping = said.pop("early_stopping")
    texts = [
        how_many(training["epochs"], "epoch") + (" at most" if stopping else ""),
        f"batches of {training['batch_size']}",
        _named(said.pop("optimizer"), "name"),
        _named(said.pop("schedule", "constant"), "kind", " schedule"),
        f"early stopping ({_options(stopping)})" if stopping else "no early stopping",
        *(_named({"key": key} | value, "key") for key, value in said.items() if isinstance(value, dict)),
        _options({key: value for key, value in said.items() if not isinstance(value, dict)}),
    ]
    return list(filter(None, texts))


def parts(spec: Mapping[str, Any]) -> str:
    """A network's activation, norm and dropout, where it has them; of VariantSpec.to_dict."""
    return "; ".join(
        [
            spec["activation"] or "no activation",
            _named(spec["norm"], "kind", " norm") if spec["norm"] else "no norm",
            _named(spec["dropout"], "kind", " dropout") if spec["dropout"] else "no dropout",
        ]
    )


def _named(value: str | Mapping[str, Any], name: str, thing: str = "") -> str:
    """A thing that a config gives by its name alone, or by a mapping with the name in it."""
    if isinstance(value, str):
        return value + thing
    given = _options({key: said for key, said in value.items() if key != name})
    return value[name] + thing + (f" ({given})" if given else "")


def _options(given: Mapping[str, Any]) -> str:
    """Keys and values: what is there or isn't, by its key alone or not at all."""
    there = {key: value for key, value in given.items() if value is not None and value is not False}
    return ", ".join(key if value is True else f"{key} {value}" for key, value in there.items())
