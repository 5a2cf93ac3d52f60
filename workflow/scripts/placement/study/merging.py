"""How one mapping of a config goes over another: key by key. A study over its base, a file or the command line over the
files before it and a variant over its study do so alike."""

from collections.abc import Mapping
from typing import Any

# What is of a kind, and the key that says which; the kind's name alone stands for it too, at its defaults.
KINDS = {"backbone": "kind", "norm": "kind", "schedule": "kind", "optimizer": "name"}
# The kind of what says none.
_UNSAID = {"norm": "batch"}
# What is compared is said as a whole.
WHOLE = ("variants", "grid")


def merged(base: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """`own` over `base`: mappings key by key, all else as it is in `own`; so are `variants`, `grid`, and what is of
    another kind than the base's, which starts from its own defaults (see networks.resolve)."""
    return {**base, **{key: _over(key, base.get(key), value) for key, value in own.items()}}


def kind(key: str, given: str | Mapping[str, Any]) -> str | None:
    """The kind of what is given under one of KINDS, as far as that is said."""
    return given if isinstance(given, str) else given.get(KINDS[key], _UNSAID.get(key))


def _over(key: str, base: Any, own: Any) -> Any:
    if not isinstance(own, Mapping):
        return own
    if key in KINDS and isinstance(base, str):
        base = {KINDS[key]: base}
    if not isinstance(base, Mapping) or key in WHOLE or _is_another(key, base, own):
        base = {}  # merged all the same: JSON's mappings become those that YAML's are
    return merged(base, own)


def _is_another(key: str, base: Mapping[str, Any], own: Mapping[str, Any]) -> bool:
    """Whether both are of a kind, and not of the same."""
    return key in KINDS and KINDS[key] in own and kind(key, base) not in (None, own[KINDS[key]])
