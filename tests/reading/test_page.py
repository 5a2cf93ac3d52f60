"""The page of findings, in a real browser: it needs nothing else, fits, and can be read with eyes, keys and ears.

Skipped where there is no Chromium.
"""

import re
import shutil
from types import SimpleNamespace

import numpy as np
import pytest

from checkout import ROOT
from placement.reading import page
from placement.reading.document import Document, Figure, Section, Table, Verdict
from placement.reading.figures import inline, look
from test_figures import drawings, study
from test_findings import document_of

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
browser_test = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed")
WIDTHS = (400, 1400)


def html(seeds: int) -> str:
    """The page of a small study; its figures are of another, which is all the same to a page."""
    drawn = drawings(study(4, min(seeds, 3)))
    figures = {name: inline.element(look.svg(figure), name) for name, figure in drawn.items()}
    return page.of(document_of(seeds)[0], figures | {"claim_0": figures["training"].replace("training-", "claim_0-")})


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pages")
    for seeds in (2, 10):
        (folder / f"{seeds}.html").write_text(html(seeds), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def browser():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture
def opened(browser, pages):
    """Opens a page; what it complains of or asks for is in `said` and `asked`."""
    seen = []

    def open_it(seeds: int, width: int, scheme: str = "light") -> SimpleNamespace:
        tab = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
        seen.append(tab)
        said, asked = [], []
        tab.on("console", lambda message: said.append(message.text))
        tab.on("pageerror", lambda error: said.append(str(error)))
        tab.on("request", lambda request: asked.append(request.url))
        tab.goto((pages / f"{seeds}.html").as_uri())
        return SimpleNamespace(tab=tab, said=said, asked=asked)

    yield open_it
    for tab in seen:
        tab.close()


@browser_test
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("seeds", [2, 10])
def test_it_fits_and_asks_for_nothing(opened, seeds, width):
    it = opened(seeds, width)
    it.tab.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
    assert it.tab.evaluate("document.documentElement.scrollWidth") <= width
    assert not it.said
    assert [url for url in it.asked if not url.startswith(("file:", "data:"))] == []
    assert len([url for url in it.asked if url.startswith("file:")]) == 1


@browser_test
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_is_accessible(opened, scheme):
    """By axe-core: contrast, names, order of headings, tables, what scrolls can be reached, and more."""
    from axe_playwright_python.sync_playwright import Axe

    it = opened(10, 1400, scheme)
    it.tab.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
    violations = Axe().run(it.tab).response["violations"]
    assert not [(v["id"], [node["html"][:200] for node in v["nodes"]][:3]) for v in violations]


@browser_test
def test_a_claims_evidence_is_reached_and_opened_by_keys(opened):
    tab = opened(10, 1400).tab
    for _ in range(40):
        tab.keyboard.press("Tab")
        if tab.evaluate("document.activeElement.tagName") == "SUMMARY":
            break
    tab.keyboard.press("Enter")
    assert tab.evaluate("document.activeElement.parentElement.open")
    assert tab.locator("details[open] svg").is_visible()


@browser_test
def test_no_text_of_a_figure_is_cut_off(browser):
    """On the page with the longest labels."""
    tab = browser.new_page(viewport={"width": 1400, "height": 900})
    tab.goto((ROOT / "docs/literature/atlas.html").as_uri())
    cut_off = tab.evaluate(
        """() => [...document.querySelectorAll('.wide text')].filter(text => {
            const [own, shown] = [text, text.closest('.wide')].map(each => each.getBoundingClientRect());
            return own.width && (own.left < shown.left || own.right > shown.left + text.closest('.wide').scrollWidth);
        }).map(text => text.textContent)"""
    )
    tab.close()
    assert cut_off == []


@browser_test
def test_the_text_of_figures_is_found(opened):
    tab = opened(10, 1400).tab
    assert tab.evaluate("window.find('Difference from Variant 0')")


@browser_test
def test_the_dark_page_is_dark_and_its_figures_too(opened):
    tab = opened(10, 1400, "dark").tab
    colour = "each => getComputedStyle(each).getPropertyValue('fill')"
    assert tab.locator("figure text").first.evaluate(colour) == "rgb(228, 230, 234)"
    assert tab.locator("figure path").first.evaluate(colour) == "rgb(22, 24, 28)"


def layout(tab) -> dict[str, list[int]]:
    """Where each part stands, in 40ths of a page: its left edge and its width."""
    return tab.evaluate(
        """() => Object.fromEntries(
            [...document.querySelectorAll('h1, nav, #figure-comparison svg, section:first-of-type table')]
            .map(each => [each.tagName.toLowerCase(), each.getBoundingClientRect()])
            .map(([name, box]) => [name, [box.left, box.width].map(x => Math.round(40 * x / innerWidth))]))"""
    )


@browser_test
@pytest.mark.parametrize(
    ("width", "expected"),
    [
        (400, {"h1": [2, 37], "svg": [2, 54], "nav": [2, 37], "table": [2, 37]}),
        (1400, {"h1": [8, 24], "svg": [8, 24], "nav": [0, 7], "table": [8, 31]}),
    ],
)
def test_the_parts_stand_where_they_did(opened, width, expected):
    """In place of a picture, whose pixels are those of a machine's fonts: a part may be off by a 20th of the width."""
    found = layout(opened(10, width).tab)
    assert found.keys() == expected.keys()
    for name, place in expected.items():
        assert np.abs(np.subtract(found[name], place)).max() <= 2, (name, found[name], place)


# Without a browser --------------------------------------------------------------------------------------------------


def test_headings_and_tables_are_in_order(pages):
    text = (pages / "10.html").read_text()
    assert re.findall(r"<h(\d)", text)[0] == "1" and set(re.findall(r"<h(\d)", text)[1:]) == {"2"}
    assert text.count("<table") == text.count("<caption>")
    assert text.index("<h1") < text.index('id="figure-comparison"') < text.index(">Claims</h2>")
    assert not re.search(r'<th(?! scope="(?:col|row)")[ >]', text)


def test_no_id_is_there_twice_and_none_is_missing(pages):
    text = (pages / "10.html").read_text()
    ids = re.findall(r' id="([^"]*)"', text)
    assert len(ids) == len(set(ids))
    assert {*re.findall(r'(?:url\(|href=")#([^")]*)', text)} <= set(ids)


def test_a_page_has_no_address_but_its_own(pages):
    text = re.sub(r'xmlns(:xlink)?="[^"]*"', "", (pages / "10.html").read_text())
    assert not re.search(r"https?://|<script|@import|src=", text)


def test_verdicts_are_a_word_and_a_colour_and_html_is_text():
    table = Table.of("t", ("a", "b"), [("<i>x</i>", Verdict("refuted", "<b>why</b>"))])
    text = page.of(Document("<t>", (), (Section("s", (table,)),)), {})
    assert '<span class="verdict refuted">refuted</span>' in text
    assert "<i>" not in text and "<b>" not in text and "<title>&lt;t&gt;</title>" in text


def test_a_figure_keeps_the_colours_of_variants_and_takes_the_pages_ink():
    drawn = inline.element(look.svg(drawings(study(3, 2))["comparison"]), "one")
    assert look.OKABE_ITO[0].lower() in drawn.lower()
    assert "var(--ink, #000000)" in drawn and "var(--paper, #ffffff)" in drawn
    assert 'aria-labelledby="one-caption"' in drawn and "<text" in drawn and "<style" not in drawn


def test_a_figure_that_is_named_is_shown():
    text = page.of(Document("t", (Figure("f", "What it *shows*"),), ()), {"f": "<svg></svg>"})
    assert '<figcaption id="f-caption">What it <em>shows</em></figcaption>' in text
