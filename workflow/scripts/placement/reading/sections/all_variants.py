"""All variants together: whether the seeds agree on an order of them."""

import numpy as np

from placement.analysis.conventions import ALPHA
from placement.reading import words
from placement.reading.document import Figure, Section
from placement.reading.facts import Facts, Found


def section(facts: Facts, found: Found) -> Section:
    omnibus, title = found.omnibus, "All variants together"
    if omnibus.k < 2 or omnibus.n < 1:
        return Section(title, ("Friedman's test needs three complete seeds and two variants.",))
    caption = f"Average rank over seeds, 1 the most accurate; n = {words.seeds(omnibus.n)}."
    if not facts.infers:
        return Section(title, ("Friedman's test needs three complete seeds.", Figure("critical_difference", caption)))
    p = f"{words.p_is(omnibus.p)}{', the smallest that so few seeds allow' if omnibus.raised else ''}."
    if omnibus.raised and not np.isfinite(omnibus.f):
        text = f"All seeds order the variants alike. Friedman's test gives that {p}"
    else:
        f = words.number(omnibus.f) if np.isfinite(omnibus.f) else "infinity"
        text = f"Friedman's test in Iman and Davenport's form: F({omnibus.df1}, {omnibus.df2}) = {f}, {p}"
    if facts.judges(1) and omnibus.p < ALPHA:
        text += " The seeds agree on an order of the variants more than chance would."
    elif facts.judges(1):
        text += " An order of the variants on which the seeds agree was not shown. That does not make them equal."
    caption += (
        f" A bar joins variants that Nemenyi's test does not tell apart at {ALPHA:g}: their ranks differ by less than "
        "the critical difference."
    )
    return Section(title, (text, Figure("critical_difference", caption)))
