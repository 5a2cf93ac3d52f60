"""How one mapping of a config goes over another: key by key."""

from collections.abc import Mapping
from typing import Any

# What is of a kind, and the key that says which; the kind's name alone stands for it too.
KINDS = {"backbone": "kind", "norm": "kind", "schedule": "kind", "optimizer": "name"}
# What is compared is said as a whole.
_WHOLE = ("variants", "grid")


def merged(base: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """`own` over `base`: mappings key by key, all else as it is in `own`; so are `variants`, `grid`, and what is of
    another kind than the base's, which starts from its own defaults (see spec.resolve)."""
    return {**base, **{key: _over(key, base.get(key), value) for key, value in own.items()}}


def _over(key: str, base: Any, own: Any) -> Any:
    if not isinstance(own, Mapping) or key in _WHOLE:
        return own
    if key in KINDS:
        kind = KINDS[key]
        base = {kind: base} if isinstance(base, str) else base
        if isinstance(base, Mapping) and kind in own and own[kind] != base.get(kind, own[kind]):
            return own
    return merged(base, own) if isinstance(base, Mapping) else own
