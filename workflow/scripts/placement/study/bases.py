"""Studies built on one another: what a study says over what those say that it is based on (`base`)."""

from collections.abc import Callable, Mapping
from functools import reduce
from pathlib import Path
from typing import Any

from placement.data.folders import expanded
from placement.errors import InputError
from placement.study.merging import merged as over
from placement.study.problems import said_by

Load = Callable[[str], dict[str, Any]]


def merged(sources: Mapping[str, Any], load: Load) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    """The whole config of a study, without `base`, and all that it was merged from.

    Args:
        sources: {name: content} of the files and the command line, each over those before it. The base is found
            from the folder of the file that names it; where none does (the command line or an importer of the workflow
            does), from the working folder.
        load: gives the content of a file, or raises what says why not.

    Raises:
        InputError: a base is missing, no mapping or in a circle, or the study has its base's name.
    """
    given = [*sources.values()]
    named = [content["base"] for content in given if "base" in content]
    sayer = said_by(sources, ("base",)) or "config"
    chain = _chain(named[-1], sayer, load) if named else {}
    nothing: Mapping[str, Any] = {}
    below = reduce(over, reversed(chain.values()), nothing)
    whole = reduce(over, given, below)
    if (name := whole.get("study")) in [content["study"] for content in chain.values() if "study" in content]:
        own = said_by(sources, ("study",))
        raise InputError(
            f"{own or sayer}: study: {f'found {name!r}, which' if own else f'missing; {name!r}'} is the name of its "
            "base, expected one of its own: the two would share a folder of results"
        )
    return {key: value for key, value in whole.items() if key != "base"}, {**dict(reversed(chain.items())), **sources}


def read(file: str | Path, load: Load) -> dict[str, Any]:
    """The whole config of a study from its file alone; see `merged`."""
    return merged({str(file): load(str(file))}, load)[0]


def _chain(base: Any, sayer: str, load: Load) -> dict[str, dict[str, Any]]:
    """{file: content} of a base, then of the base's own base, and so on."""
    found: dict[str, dict[str, Any]] = {}
    seen = [_shown(Path(sayer))]
    while base is not None:
        if not isinstance(base, str) or not base:
            raise InputError(f"{sayer}: base: found {base!r}, expected the path of a study, as text")
        path = (Path(sayer).parent if Path(sayer).is_file() else Path()) / expanded(base)
        file = _shown(path)
        if not path.is_file():
            raise InputError(f"{sayer}: base: found {base!r}, expected a study's file, but there is none at {file}")
        if file in seen:
            raise InputError(
                f"{sayer}: base: found {base!r}, which is based on this file again ({' > '.join([*seen, file])}), "
                "expected a study that isn't"
            )
        try:
            found[file] = load(str(path))
        except Exception as error:  # whatever a broken file makes a reader of YAML raise
            reason = " ".join(str(error).split())
            raise InputError(f"{sayer}: base: found {base!r}, which can't be read as a study: {reason}") from error
        seen.append(file)
        sayer, base = file, found[file].get("base")
    return found


def _shown(path: Path) -> str:
    """From the working folder, where it is in that."""
    whole = path.resolve()
    return str(whole.relative_to(Path.cwd()) if whole.is_relative_to(Path.cwd()) else whole)
