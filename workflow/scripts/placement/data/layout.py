"""Which folders of a tree are its parts, and which entries systems and tools left there.

Parts must not become classes: a network that tells `training` from `testing` has learnt nothing of what is in them.
"""

import re
from collections.abc import Iterable
from typing import NamedTuple

from placement.errors import ConfigError

PARTS = ("train", "test")
_ROLES = {
    **dict.fromkeys(("train", "training", "trn"), "train"),
    **dict.fromkeys(("test", "testing", "tst"), "test"),
    **dict.fromkeys(("val", "valid", "validation", "dev"), "validation"),
}
# 'Training Set', 'test_images' and 'traindata' say no more than 'train' and 'test'.
_NOISE = re.compile(r"(set|data|images?|samples?|folder|split)+$")

# Compared in lower case; what begins with a dot is hidden anyhow.
_LEFT_BEHIND = {
    # network drives: Synology, QNAP, NetApp, Netatalk
    *("@eadir", "@tmp", "#recycle", "#snapshot", "@recycle", "@recently-snapshot", "@__thumb", "~snapshot"),
    *("network trash folder", "temporary items", "thevolumesettingsfolder"),
    # Windows
    *("thumbs.db", "ehthumbs.db", "ehthumbs_vista.db", "desktop.ini", "$recycle.bin", "recycler"),
    *("system volume information", "picasa.ini"),
    # macOS, its archives among them; Linux; Python
    *("__macosx", "icon\r", "lost+found", "__pycache__"),
}


def is_left_behind(name: str) -> bool:
    """Whether an entry of that name is hidden, a system's or a tool's, or an editor's copy (`cat.png~`)."""
    return name.startswith(".") or name.endswith("~") or name.casefold() in _LEFT_BEHIND


class _Named(NamedTuple):
    """A folder named as a part is: role, and the rest of its name ('' of 'Training_Set', 'seg' of 'seg_train')."""

    role: str
    rest: str
    folder: str


def _named(folder: str) -> _Named | None:
    words = [word for word in re.split(r"[\W_]+", folder.casefold()) if word]
    words = [bare for word in words if (bare := _NOISE.sub("", word))]
    roles = [_ROLES[word] for word in words if word in _ROLES]
    return _Named(roles[0], " ".join(w for w in words if w not in _ROLES), folder) if len(roles) == 1 else None


def _parts_among(folders: Iterable[str]) -> dict[str, list[str]]:
    """The folders of each role. What has more in its name is a part only beside its counterpart: `train_station` alone
    is a class, `seg_train` beside `seg_test` isn't; nor is `valid` a part among classes such as `invalid`."""
    named = [found for folder in sorted(folders) if (found := _named(folder))]
    roles = {rest: {found.role for found in named if found.rest == rest} for rest in {found.rest for found in named}}
    parts: dict[str, list[str]] = {}
    for found in named:
        beside = roles[found.rest]
        if ("train" in beside and len(beside) > 1) or (not found.rest and not beside.isdisjoint(PARTS)):
            parts.setdefault(found.role, []).append(found.folder)
    return parts


def layout(path: str, folders: Iterable[str], test_fraction: float | None) -> dict[str, str]:
    """{part: its folder in the tree}: those of `train` and `test`, or {'': ''} of a tree that has none.

    Args:
        path: of the tree.
        folders: the names in it.
        test_fraction: the share of a tree without parts that becomes the test part; None: it has them.

    Raises:
        InputError: it isn't so, or it isn't clear which folders are the parts.
    """
    parts = _parts_among(folders)
    train, test, validation = (parts.get(role, []) for role in (*PARTS, "validation"))
    have = " and ".join(f"{folder}/" for folder in [*train, *test])
    if train and validation and not test:  # ImageNet's layout
        key, leave = ("path", "") if test_fraction is None else ("test_fraction", " and leave test_fraction out")
        raise ConfigError(
            ("dataset", key),
            f"'{path}' has {train[0]}/ and {validation[0]}/, expected train/ and test/: "
            f"rename {validation[0]}/ to test/{leave}",
        )
    if test_fraction is None:
        if len(train) == len(test) == 1:
            return {"train": train[0], "test": test[0]}
        if len(train) > 1 or len(test) > 1:
            raise ConfigError(
                ("dataset", "path"), f"'{path}' has {have}, expected one for training and one for the test"
            )
        if train or test:
            raise ConfigError(
                ("dataset", "path"),
                f"'{path}' has {have} alone, expected train/ and test/ (a test part is made of "
                f"'{path}/{(train + test)[0]}' where that is the path and dataset.test_fraction is given)",
            )
        raise ConfigError(
            ("dataset", "path"), f"'{path}' hasn't train/ and test/, expected both, or dataset.test_fraction"
        )
    if have:
        expected = (
            "test_fraction left out: these are taken for its parts"
            if len(train) == len(test) == 1
            else "a folder a class, none of them named as a part"
        )
        raise ConfigError(
            ("dataset", "test_fraction"), f"given, but '{path}' has {have} of its own, expected {expected}"
        )
    return {"": ""}
