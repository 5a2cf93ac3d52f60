"""What the study can't say."""

from placement.reading.document import Section
from placement.reading.facts import Facts, Found


def section(facts: Facts, found: Found) -> Section:
    return Section(
        "What this study can't say",
        (
            f"- Anything about other data than {facts.dataset}, other networks, or another training recipe than this "
            "one. No variant was tuned for itself.\n"
            "- That two variants are equal because they were not told apart. Only the tests of equivalence speak to "
            f"that, and only within ±{facts.rope:g} points.\n"
            "- Anything firm about measures other than test accuracy that no claim named before the runs.",
        ),
    )
