"""A figure as part of a page: an SVG that takes the page's colours, light or dark, and its width."""

import re

from placement.reading.figures.look import BAND, GREY, GRID

# What is drawn in ink, on paper and between becomes the page's; what is a variant's colour stays.
_OF_THE_PAGE = {
    "#000000": "ink",
    "#ffffff": "paper",
    GREY: "muted",
    GRID: "grid",
    BAND: "band",
}


def element(text: str, name: str) -> str:
    """A figure as an element `svg`, described by the element with the id `{name}-caption`.

    Args:
        text: of its file, see look.svg.
        name: one that no other figure of the page has.
    """
    head, body = text[text.index("<svg") :].split(">", maxsplit=1)
    (box,) = re.findall(r'viewBox="[^"]*"', head)
    width = float(box.split()[2])
    # Matplotlib's style would be the whole page's.
    body = re.sub(r"<style.*?</style>", "", body, flags=re.DOTALL)
    for colour, variable in _OF_THE_PAGE.items():
        body = re.sub(rf"{colour}\b", f"var(--{variable}, {colour})", body, flags=re.IGNORECASE)
    referred = set(re.findall(r'(?:url\(|href=")#([\w.-]+)', body))
    body = re.sub(r' id="([^"]*)"', lambda m: f' id="{name}-{m[1]}"' if m[1] in referred else "", body)
    body = re.sub(r'(url\(|href=")#', rf"\1#{name}-", body)
    body = re.sub(r"\n\s*", "\n", body)  # a third of its size
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" {box} role="img" '
        f'aria-labelledby="{name}-caption" style="--width: {width / 72:.1f}" '
        f'stroke-linejoin="round">{body}'
    ).strip()
