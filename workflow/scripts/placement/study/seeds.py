"""Seeds as a config writes them: of the study, and those that select."""


def listed(given: int | list[int]) -> list[int]:
    """The seeds of a count or a list, in running order."""
    return list(range(given)) if isinstance(given, int) else list(given)
