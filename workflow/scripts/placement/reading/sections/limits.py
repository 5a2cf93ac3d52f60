"""What the study can't say."""

from placement.reading import words
from placement.reading.document import Section
from placement.reading.facts import Facts, Found
from placement.reading.sections import new_images


def section(facts: Facts, found: Found) -> Section:
    limits = [
        f"Anything about other data than {facts.dataset}, or about networks and training recipes other than those "
        f"that were trained here. {_tuned(facts, found)}",
        "That two variants are equal because they were not told apart. Only the tests of equivalence speak to that, "
        f"and only within ±{facts.rope:g} points{_of_claims(facts, found)}.",
        "Anything firm about measures other than test accuracy that no claim named before the runs.",
    ]
    if not found.claims.empty and found.claims["source"].map(words.given).any():
        limits.append("Whether claims are right of what their sources trained: verdicts are of the runs here.")
    if facts.copies:
        limits.append(
            f"How well the networks do on images that they have not seen: some are there twice ({facts.copies}), and "
            "a network may know those by heart. Accuracies are too high by what that gives, of each variant another."
        )
    other_images = "Other test images are spoken of in their own section alone, and by the claims' sensitivity to them."
    limits.insert(
        1,
        "Anything about another split into training and validation images, which was held fixed over the seeds unless "
        "`dataset.split_seed` is null: that draws one with each seed, as Bouthillier et al. (2021) advise. "
        + (other_images if new_images.speaks(found) else "Nor is anything said of other test images."),
    )
    if found.unsettled:
        limits.append(
            "How variants compare once they have learnt what they can: "
            f"{found.unsettled} of {len(found.settling)} had not settled, as told at the start."
        )
    if facts.infers:
        limits.append(
            "Anything as firm as its p after seeds were added because of what the first ones showed: p are for a "
            "number of seeds that was fixed before."
        )
    return Section("What this study can't say", ("\n".join(f"- {limit}" for limit in limits),))


def _of_claims(facts: Facts, found: Found) -> str:
    """That claims have regions of their own, where they have."""
    claims = found.claims
    if claims.empty:
        return ""
    own = claims["rope"].notna() & ((claims["rope"] != facts.rope) | (claims["unit"] != "points"))
    return ", or within the region that a claim has of its own" if own.any() else ""


def _tuned(facts: Facts, found: Found) -> str:
    if found.over_grid and found.over_grid.over:
        over = ", ".join(map(words.text, found.over_grid.over))
        return f"Each placement was tuned over {over} and nothing else, in the section on its own best alone."
    if facts.recipes > 1:
        return f"The {facts.recipes} recipes are those that the study states: none was chosen by what came out."
    return "No variant was tuned for itself."
