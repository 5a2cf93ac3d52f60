"""What MkDocs makes of the repository: the navigation from the pages there are, and the names of files where pages link
to what the site doesn't hold.
"""

import re
from pathlib import Path

from mkdocs.structure.files import File

ROOT = Path(__file__).resolve().parents[1]

# What the site alone has.
GENERATED = ("results.md",)


def on_config(config):
    """Leave out of the navigation what isn't there, and let what it doesn't name follow."""
    pages = {*(path.name for path in (ROOT / "docs").glob("*.md")), *GENERATED}
    named = {page for entry in config.nav for page in _pages(entry)}
    config.nav = [_present(entry) for entry in config.nav] + sorted(pages - named)
    return config


def _pages(entry):
    if isinstance(entry, str):
        return [entry]
    ((_, below),) = entry.items()
    return [page for each in ([below] if isinstance(below, str) else below) for page in _pages(each)]


def _present(entry):
    ((title, below),) = entry.items()
    if isinstance(below, list):
        below = [page for page in below if page in GENERATED or (ROOT / "docs" / page).is_file()]
    return {title: below}


def on_files(files, config):
    """Add what results/README.md says of the outputs."""
    results = (ROOT / "results/README.md").read_text(encoding="utf-8").replace("](../docs/", "](")
    files.append(File.generated(config, "results.md", content=results))
    return files


def on_page_markdown(markdown, page, config, files):
    """Links to folders, and to what lies beside docs/, become names: the site doesn't hold them."""
    markdown = markdown.replace("](../results/README.md)", "](results.md)")
    folder = (ROOT / "docs" / page.file.src_uri).parent

    def as_name(link):
        linked = (folder / link[2]).resolve()
        if linked.is_relative_to(ROOT / "docs") and not linked.is_dir():
            return link[0]
        text, target = link[1], link[2].lstrip("./")
        return f"`{text.strip('`')}`" if text.strip("`") == target else f"{text} (`{target}`)"

    return re.sub(r"\[([^\]]*)\]\((?!#|\w+:)([^)]*)\)", as_name, markdown)
