"""What the findings say of the networks and recipes."""

from placement.reading import document
from placement.reading.facts import Trained
from placement.reading.sections import trained
from studies_told import facts_of


def written(*said: Trained) -> str:
    variants = {f"v{i}": each for i, each in enumerate(said)}
    labels = dict.fromkeys(variants, "A label")
    facts = facts_of(labels, "v0", trained=variants)
    return document.markdown(document.Document("", (), (trained.section(facts, None),)))


def test_a_recipe_that_all_share_is_said_once():
    text = written(Trained("[conv act] x3", "gelu; no norm", "3 epochs"), Trained("[conv] x3", "relu", "3 epochs"))
    assert "8 images train. All variants: 3 epochs. The whole config is config.yaml." in text
    assert "| A label | \\[conv act\\] x3 | gelu; no norm |" in text and "Recipe |" not in text


def test_where_recipes_differ_each_variant_has_its_own():
    text = written(Trained("one", "relu", "sgd (learning_rate 1)"), Trained("other", "relu", "adam"))
    assert "All variants" not in text and "| Activation, norm, dropout | Recipe |" in text
    assert "| A label | one | relu | sgd (learning\\_rate 1) |" in text


def test_of_many_variants_the_first_are_shown():
    text = written(*[Trained("one", "relu", "adam")] * (trained.SHOWN + 1))
    assert "The first 40 of 41 variants:" in text and text.count("| A label |") == trained.SHOWN
