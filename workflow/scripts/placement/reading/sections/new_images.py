"""Whether differences are those of new seeds on the same images, or of new images too."""

from placement.analysis.conventions import INFERENCE_SEEDS
from placement.analysis.minimum import seeds_to_judge
from placement.reading import words
from placement.reading.document import Block, Section, Table
from placement.reading.facts import Facts, Found


def speaks(found: Found) -> bool:
    """Whether there are seeds enough for a word on other test images."""
    table = found.seeds_and_images
    return not table.empty and bool(table["n"].iloc[0] >= INFERENCE_SEEDS)


def section(facts: Facts, found: Found) -> Section | None:
    table = found.seeds_and_images
    if not speaks(found):
        return None
    baseline = facts.labels[facts.baseline]
    rows = [
        (
            facts.labels[q.left],
            words.signed(q.difference),
            words.interval(q.low_seeds, q.high_seeds),
            words.p(q.p_seeds_holm),
            words.interval(q.low_both, q.high_both),
            words.p(q.p_both_holm),
        )
        for q in table.itertuples()
    ]
    head = ("Variant", "Difference", "New seeds, these images", "p", "New seeds and new images", "p")
    blocks: list[Block] = [
        f"Differences from {baseline}, asked twice of {words.seeds(table['n'].iloc[0])}. The first interval is for "
        f"other seeds on the same {table['images'].iloc[0]:,} test images; the second for other seeds and other images "
        f"like them. Both are simultaneous {words.LEVEL} intervals, p are Holm's.",
        Table.of(f"Differences from {baseline}, points of test accuracy", head, rows),
    ]
    if table["n"].iloc[0] >= seeds_to_judge(len(table)):
        lost = table[table["distinguishable_seeds"] & ~table["distinguishable_both"]]
        if lost.empty:
            blocks.append("The second question changes none of the answers to the first.")
        else:
            blocks.append(f"Shown on these images but not for new ones: {words.labels(facts.labels, lost['left'])}.")
    return Section("New seeds, or new images too", tuple(blocks))
