"""Drawing: a file a figure, each with one function `draw` from frames to a matplotlib Figure."""
