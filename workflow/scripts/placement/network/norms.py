"""The kinds of norm: each a class, whose fields are its keys with Keras's defaults."""

from dataclasses import dataclass, fields
from typing import Any, ClassVar


class Norm:
    """What normalises.

    Attributes:
        kind: what a config calls it.
        layer: Keras's layer.
        over_images: whether a channel is normalised over a batch, which one image alone can't be; else each image is.
        over_positions: whether all positions of an image are, or each by itself.
        epsilon: added to the variance.
    """

    kind: ClassVar[str]
    layer: ClassVar[str]
    over_images: ClassVar[bool] = False
    over_positions: ClassVar[bool] = True
    epsilon: float
    scale: bool = True
    center: bool = True

    @property
    def trained(self) -> int:
        """How many trained numbers a channel has."""
        return self.scale + self.center

    def groups_of(self, channels: int) -> int:
        """Into how many groups so many channels are split, each normalised by itself."""
        return 1

    @classmethod
    def options(cls) -> dict[str, Any]:
        """Its keys with their defaults."""
        return {field.name: field.default for field in fields(cls)}  # type: ignore[arg-type]  # each is a dataclass

    def arguments(self) -> dict[str, Any]:
        """Of Keras's layer."""
        return {name: getattr(self, name) for name in self.options()}

    def to_dict(self) -> dict[str, Any]:
        """Its kind and its keys."""
        return {"kind": self.kind} | {name: getattr(self, name) for name in self.options()}


@dataclass(frozen=True)
class BatchNorm(Norm):
    kind, layer = "batch", "BatchNormalization"
    over_images = True
    momentum: float = 0.99
    epsilon: float = 1e-3
    scale: bool = True
    center: bool = True


@dataclass(frozen=True)
class GroupNorm(Norm):
    kind, layer = "group", "GroupNormalization"
    groups: int = 8  # Keras's 32 don't divide small networks' channels
    epsilon: float = 1e-3
    scale: bool = True
    center: bool = True

    def groups_of(self, channels: int) -> int:
        return self.groups


@dataclass(frozen=True)
class LayerNorm(Norm):
    kind, layer = "layer", "LayerNormalization"
    over_positions = False
    epsilon: float = 1e-3
    scale: bool = True
    center: bool = True


@dataclass(frozen=True)
class InstanceNorm(Norm):
    kind, layer = "instance", "GroupNormalization"
    epsilon: float = 1e-3
    scale: bool = True
    center: bool = True

    def groups_of(self, channels: int) -> int:
        return channels

    def arguments(self) -> dict[str, Any]:
        return {"groups": -1} | super().arguments()


@dataclass(frozen=True)
class RMSNorm(Norm):
    kind, layer = "rms", "RMSNormalization"
    over_positions = False
    center = False
    epsilon: float = 1e-6


NORMS: dict[str, type[Norm]] = {norm.kind: norm for norm in (BatchNorm, GroupNorm, LayerNorm, InstanceNorm, RMSNorm)}
