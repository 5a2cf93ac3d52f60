"""Write docs/configuration.md, which is made from the schema that checks a config.

python docs/configuration_page.py
"""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "workflow" / "scripts"))

from placement.study import schema as of_config  # noqa: E402


def configuration() -> str:
    """Every key of a study's config, what it means and what it may be, from the schema that checks it."""
    schema = of_config.load()
    lines = [
        "# Configuration, key by key",
        "",
        "With this page you find what a key means. A study is one YAML file. An unknown key or a wrong",
        "value is an error of one line, before anything runs. A study has `study`, `dataset`, `seeds`,",
        "`training`, `backbone`, `comparison`, and `variants` or a `grid`, itself or from its `base`.",
        "A key in **bold** is required wherever what holds it is given. Defaults are in",
        "[networks](backbones.md) and [recipes](recipes.md). `python docs/configuration_page.py` makes",
        "this page from the schema.",
        "",
    ]
    for name, part in schema["properties"].items():
        sentence = _sentence(part, schema)
        lines += [f"## {name}", "", sentence[:1].upper() + sentence[1:], ""]
        rows = list(_rows(name, part, schema))
        if rows:
            lines += ["| key | what it is |", "| --- | --- |", *rows, ""]
    return "\n".join(lines)


def _rows(path, part, schema, required=True):
    part = of_config.resolved(part, schema["$defs"])
    # Keys that a variant can't have, since they are the study's alone, are told there.
    below = {
        name: value
        for name, value in part.get("properties", {}).items()
        if of_config.resolved(value, schema["$defs"]).get("not") != {}
    }
    if isinstance(part.get("additionalProperties"), dict):
        below["{name}"] = part["additionalProperties"]
    for name, value in below.items():
        mark = "**" if required and name in part.get("required", []) else ""
        yield f"| {mark}`{path}.{name}`{mark} | {_sentence(value, schema)} |"
        yield from _rows(f"{path}.{name}", value, schema)
    if isinstance(part.get("items"), dict):
        yield from _rows(f"{path}[]", part["items"], schema)
    for option in [*part.get("oneOf", []), *([part["then"]] if "then" in part else [])]:
        # A form of several needn't be there; what a mapping takes, `then`, has to be.
        yield from _rows(path, option, schema, required="then" in part)


def _sentence(part, schema):
    part = of_config.resolved(part, schema["$defs"])
    if "then" in part:  # a mapping of some keys, or else a value
        return f"{_sentence(part['else'], schema)[:-1]}, or a mapping: {_sentence(part['then'], schema)}"
    text = part["description"]
    if "enum" in part and not all(str(value) in text for value in part["enum"]):
        text += ": " + ", ".join(f"`{value}`" for value in part["enum"])
    text = text.replace("|", "\\|").replace("<", "&lt;").replace("{", "&#123;")
    return text + "."


if __name__ == "__main__":
    (ROOT / "docs/configuration.md").write_text(configuration(), encoding="utf-8")
