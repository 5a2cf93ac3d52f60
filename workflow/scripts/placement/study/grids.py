"""Grids: the factors of a study, each with its levels, whose combinations are its cells; a cell is a variant."""

from typing import Any, NamedTuple


class Grid(NamedTuple):
    """A grid's cells, each with the variant that is trained there.

    Attributes:
        factors: {factor: names of its levels}, in the order of the config; a factor is named by its key in `grid`, such
            as `training.optimizer.learning_rate`.
        cells: {a level of each factor, in their order: the variant}; excluded cells are absent. Where a key has no
            effect, cells are the same network, which is trained once: they name the same variant.
    """

    factors: dict[str, list[str]]
    cells: dict[tuple[str, ...], str]

    def to_dict(self) -> dict[str, Any]:
        """JSON types, the form that params carry: {factors, cells: [{levels, variant}]}."""
        return {
            "factors": self.factors,
            "cells": [{"levels": list(levels), "variant": variant} for levels, variant in self.cells.items()],
        }
