"""What was trained: the network and the recipe of each variant."""

from collections.abc import Mapping
from typing import Any

from placement.counting import how_many
from placement.reading import words
from placement.reading.document import Section, Table
from placement.reading.facts import Facts, Found

SHOWN = 40  # variants in the table


def section(facts: Facts, found: Found) -> Section | None:
    if not facts.specs:
        return None
    recipes = {variant: recipe(spec["training"]) for variant, spec in facts.specs.items()}
    texts = [f"{facts.images}.", f"The whole config is {words.text(facts.config_file)}."]
    same = len(set(recipes.values())) == 1
    if same:
        texts.insert(1, f"All variants: {next(iter(recipes.values()))}.")
    shown = list(facts.specs)[:SHOWN]
    if len(shown) < len(facts.specs):
        texts.append(f"The first {SHOWN} of {len(facts.specs)} variants:")
    rows = [
        (
            facts.labels[variant],
            words.text(facts.networks[variant]),
            words.text(parts(facts.specs[variant])),
            *(() if same else (recipes[variant],)),
        )
        for variant in shown
    ]
    head = ("Variant", "Network", "Activation, norm, dropout", *(() if same else ("Recipe",)))
    return Section("What was trained", (" ".join(texts), Table.of("Network and recipe of each variant", head, rows)))


def recipe(training: Mapping[str, Any]) -> str:
    """A recipe in words: Markdown."""
    said = {key: value for key, value in training.items() if key not in ("epochs", "batch_size", "threads")}
    stopping = said.pop("early_stopping")
    texts = [
        how_many(training["epochs"], "epoch") + (" at most" if stopping else ""),
        f"batches of {training['batch_size']}",
        named(said.pop("optimizer"), "name"),
        named(said.pop("schedule", "constant"), "kind", " schedule"),
        f"early stopping ({options(stopping)})" if stopping else "no early stopping",
        *(named({"key": key} | value, "key") for key, value in said.items() if isinstance(value, dict)),
        options({key: value for key, value in said.items() if not isinstance(value, dict)}),
    ]
    return words.text(", ".join(filter(None, texts)))


def parts(spec: Mapping[str, Any]) -> str:
    """A network's activation, norm and dropout, where it has them."""
    return "; ".join(
        [
            spec["activation"] or "no activation",
            named(spec["norm"], "kind", " norm") if spec["norm"] else "no norm",
            named(spec["dropout"], "kind", " dropout") if spec["dropout"] else "no dropout",
        ]
    )


def named(value: str | Mapping[str, Any], name: str, thing: str = "") -> str:
    """A thing that a config gives by its name alone, or by a mapping with the name in it."""
    if isinstance(value, str):
        return value + thing
    given = options({key: said for key, said in value.items() if key != name})
    return value[name] + thing + (f" ({given})" if given else "")


def options(given: Mapping[str, Any]) -> str:
    """Keys and values: what is there or isn't, by its key alone or not at all."""
    there = {key: value for key, value in given.items() if value is not None and value is not False}
    return ", ".join(key if value is True else f"{key} {value}" for key, value in there.items())
