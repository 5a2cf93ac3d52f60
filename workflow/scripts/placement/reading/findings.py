"""The findings: what a study's tables say, in sentences that claim no more than they do.

Every number comes from the tables. Below the seeds that a family is judged from (analysis/minimum.py) nothing of it is
ranked in words, and below `INFERENCE_SEEDS` there are no intervals and no p: points and means are all.
"""

from collections.abc import Callable
from dataclasses import replace

from placement.reading import words
from placement.reading.document import Document, Section
from placement.reading.facts import Facts, Found
from placement.reading.sections import (
    accuracy,
    all_pairs,
    all_variants,
    baseline,
    calibration,
    claims,
    convergence,
    cost,
    factors,
    interactions,
    limits,
    new_images,
    norm_dropout,
    opening,
    power,
    selection,
    trained,
    variance_shift,
)

# In the order in which people read. None is a section with nothing to say in this study.
SECTIONS: tuple[Callable[[Facts, Found], Section | None], ...] = (
    claims.section,
    accuracy.section,
    baseline.section,
    all_pairs.section,
    all_variants.section,
    selection.section,
    factors.section,
    interactions.section,
    norm_dropout.section,
    new_images.section,
    variance_shift.section,
    convergence.section,
    calibration.section,
    cost.section,
    power.section,
    trained.section,
    limits.section,
)


def findings(facts: Facts, found: Found) -> Document:
    """The whole document: the answer, and all sections that have something to say."""
    labels = {variant: words.text(label) for variant, label in facts.labels.items()}
    facts = replace(facts, labels=labels, dataset=words.text(facts.dataset))
    sections = [section(facts, found) for section in SECTIONS]
    return Document(
        f"Findings: {facts.study}", opening.blocks(facts, found), tuple(section for section in sections if section)
    )
