"""From runs to numbers and verdicts. No drawing and no prose."""
