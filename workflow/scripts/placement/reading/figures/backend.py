"""matplotlib, imported with none of the user's settings: `from placement.reading.figures.backend import Figure, mpl`.

Figures are drawn and saved under look.LOOK, so that a file of settings in the working folder, which is read first and
can't be kept out, has no say either.
"""

import os

os.environ["MPLBACKEND"] = "agg"  # a notebook's is nothing that other processes can import
os.environ["MATPLOTLIBRC"] = os.devnull  # in the place of the user's file of settings

import matplotlib as mpl
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import QuadMesh
from matplotlib.colors import Normalize, PowerNorm, TwoSlopeNorm
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, MaxNLocator
from matplotlib.typing import LineStyleType

__all__ = [
    "Artist",
    "Axes",
    "ConstrainedLayoutEngine",
    "Figure",
    "FuncFormatter",
    "Line2D",
    "LineStyleType",
    "MaxNLocator",
    "Normalize",
    "Patch",
    "PowerNorm",
    "QuadMesh",
    "TwoSlopeNorm",
    "mpl",
]
