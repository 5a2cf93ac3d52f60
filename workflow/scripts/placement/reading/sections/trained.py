"""What was trained: the network and the recipe of each variant."""

from placement.reading import words
from placement.reading.document import Section, Table
from placement.reading.facts import Facts, Found

SHOWN = 40  # variants in the table


def section(facts: Facts, found: Found) -> Section:
    recipes = {variant: words.text(said.recipe) for variant, said in facts.trained.items()}
    texts = [f"{facts.images}.", f"The whole config is {words.text(facts.config_file)}."]
    same = len(set(recipes.values())) == 1
    if same:
        texts.insert(1, f"All variants: {next(iter(recipes.values()))}.")
    shown = list(facts.trained)[:SHOWN]
    if len(shown) < len(facts.trained):
        texts.append(f"The first {SHOWN} of {len(facts.trained)} variants:")
    rows = [
        (
            facts.labels[variant],
            words.text(facts.trained[variant].network),
            words.text(facts.trained[variant].parts),
            *(() if same else (recipes[variant],)),
        )
        for variant in shown
    ]
    head = ("Variant", "Network", "Activation, norm, dropout", *(() if same else ("Recipe",)))
    return Section("What was trained", (" ".join(texts), Table.of("Network and recipe of each variant", head, rows)))
