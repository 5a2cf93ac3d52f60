"""Things with their number, in what people read."""


def how_many(number: int, thing: str) -> str:
    """'1 seed', '7 studies', '1,024 test images': what is counted, in the singular, comes last in `thing`."""
    several = f"{thing[:-1]}ies" if thing.endswith("y") else f"{thing}s"
    return f"{number:,} {thing if number == 1 else several}"


def and_more(number: int, named: int) -> str:
    """' and 3 more' behind the first `named` of so many things; nothing if these are all."""
    return f" and {number - named} more" if number > named else ""
