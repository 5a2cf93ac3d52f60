"""What is wrong with a config, and which of its sources said it."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

COMMAND_LINE = "--config"


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
    def of(cls, error: Exception) -> "Problem":
        """From an error whose message begins with the key: `variants.a.order: what was found and expected`."""
        key, text = str(error).split(": ", 1)
        return cls(tuple(key.split(".")), text)

    def line(self, sources: Mapping[str, Any]) -> str:
        """One line: who said it, the key and the text.

        Args:
            sources: {name: content} of what the config was merged from, what counts most comes last.
        """
        said = {_last(sources, path) for path in (self.path, *self.also)} - {None}
        if _last(sources, self.path) is None:  # it is missing, and any file could have it
            said |= sources.keys() - {COMMAND_LINE}
        names = ", ".join(name for name in sources if name in said) or "config"
        return f"{names}: {'.'.join(map(str, self.path)) or 'config'}: {self.text}"


def _last(sources: Mapping[str, Any], path: Sequence[str | int]) -> str | None:
    return next((name for name, content in reversed(sources.items()) if _holds(content, path)), None)


def _holds(content: Any, path: Sequence[str | int]) -> bool:
    for step in path:
        try:
            content = content[step]
        except (KeyError, IndexError, TypeError):
            return False
    return True
