"""What is wrong with a config, and which of its sources said it."""

from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import Any, NamedTuple

from placement.errors import ConfigError
from placement.study.merging import WHOLE

COMMAND_LINE = "--config"
# Of more names than this, those are listed that are most like what was found.
_LISTED = 20


class Problem(NamedTuple):
    """A mistake.

    Attributes:
        path: the keys that lead to it.
        text: what was found there and what was expected.
        also: paths of the other keys that it takes to make the mistake.
    """

    path: tuple[str | int, ...]
    text: str
    also: tuple[tuple[str, ...], ...] = ()

    @classmethod
    def of(cls, error: ConfigError, within: tuple[str, ...] = ()) -> "Problem":
        """A mistake that was raised.

        Args:
            error: what was raised.
            within: the keys that lead to where its path begins.
        """
        return cls((*within, *error.path), error.text)

    def line(self, sources: Mapping[str, Any]) -> str:
        """One line: who said it, the key and the text.

        Args:
            sources: {name: content} of what the config was merged from, what counts most comes last.
        """
        said = {said_by(sources, path) for path in (self.path, *self.also)} - {None}
        if said_by(sources, self.path) is None:  # it is missing, and any file could have it
            said |= sources.keys() - {COMMAND_LINE}
        names = ", ".join(name for name in sources if name in said) or "config"
        return f"{names}: {'.'.join(map(str, self.path)) or 'config'}: {self.text}"


def said_by(sources: Mapping[str, Any], path: Sequence[str | int]) -> str | None:
    """The last of the sources that says something there, and so what counts; of what is in a list, or in another part
    that sources say as a whole, the last that says that part."""
    for end in range(1, len(path) + 1):
        last = next((name for name, content in reversed([*sources.items()]) if _holds(content, path[:end])), None)
        if last is None or path[end - 1] in WHOLE or isinstance(_at(sources[last], path[:end]), list):
            return last
    return last if path else None


def place(sources: Mapping[str, Any], path: Sequence[str | int]) -> int:
    """How much the source that says something there counts, by its place among the sources; 0 where none does."""
    return [None, *sources].index(said_by(sources, path))


def _holds(content: Any, path: Sequence[str | int]) -> bool:
    try:
        _at(content, path)
    except (KeyError, IndexError, TypeError):
        return False
    return True


def _at(content: Any, path: Sequence[str | int]) -> Any:
    for step in path:
        content = content[step]
    return content


def one_of(names: Iterable[str], found: str) -> str:
    """`one of a, b, c`; of many names, those most like what was found."""
    names = list(names)
    if len(names) <= _LISTED:
        return f"one of {', '.join(names)}"
    near = get_close_matches(str(found), names, n=5, cutoff=0.4) or names[:5]
    return f"one of {len(names)} names such as {', '.join(near)}"
