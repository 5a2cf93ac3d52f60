"""Looks at Snakemake's command line before Snakemake does: run from profiles/default, it imports none of our modules.

Snakemake reads --configfile before any other file of ours, and ends in a traceback where it can't, or doesn't say in
which file and line. So a config is read here first.
"""

import argparse
import importlib.util
import os
import re
import sys
from collections.abc import Sequence
from pathlib import Path

from snakemake.common.configfile import load_configfile
from snakemake.utils import update_config


def check(arguments: Sequence[str]) -> None:
    """Exit with one line where --config or a file of --configfile isn't what Snakemake takes."""
    options = argparse.ArgumentParser(add_help=False)
    options.add_argument("--configfile", "--configfiles", nargs="+", type=Path, default=[])
    options.add_argument("--config", "-C", nargs="*", action="extend", default=[])
    said = options.parse_known_args(arguments)[0]
    for entry in said.config:
        if not entry.startswith("base64//"):  # how Snakemake hands one on to its jobs
            _check_entry(entry)
    for file in said.configfile or filter(Path.exists, [Path("config.yaml")]):
        try:
            update_config({}, load_configfile(file))
        except Exception as error:
            # Snakemake's own error hides the one that knows the line.
            reason = getattr(error, "strerror", None) or error.__context__ or error
            target = len(said.configfile) > 1 and not file.suffix and not file.exists()
            advice = f"; a target comes first: `snakemake {file} --configfile \u2026`" if target else ""
            sys.exit(f"{file}: {' '.join(str(reason).split()).rstrip('.')}, expected a config in YAML{advice}")


def _check_entry(entry: str) -> None:
    key, equals, value = (part.strip() for part in entry.partition("="))
    if not equals:
        sys.exit(f"--config {entry}: expected key=value; a target comes first: `snakemake {entry} --config \u2026`")
    outer, dot, inner = key.partition(".")
    if dot:
        nested = f"{outer}='{{{inner.replace('.', ': {')}: {value}{'}' * inner.count('.')}}}'"
        sys.exit(f"--config {entry}: expected a key without dots: `--config {nested}`")
    if not re.match(r"[a-zA-Z_][\w-]*\w$", entry.partition("=")[0]):
        sys.exit(f"--config {entry}: expected a key and nothing around it: `--config {key}={value}`")


def wants_bars(arguments: Sequence[str]) -> bool:
    """Whether to draw bars: on a terminal, where nothing else is said of what is printed.

    They are drawn on stderr, and jobs print to both.
    """
    options = argparse.ArgumentParser(add_help=False)
    options.add_argument("--quiet", "-q", nargs="*")
    options.add_argument("--dry-run", "--dryrun", "-n", action="store_true")
    options.add_argument("--verbose", action="store_true")
    said = options.parse_known_args(arguments)[0]
    return (
        sys.stdout.isatty()
        and sys.stderr.isatty()
        and os.environ.get("TERM") != "dumb"
        and importlib.util.find_spec("snakemake_logger_plugin_rich") is not None
        and said.quiet is None
        and not (said.dry_run or said.verbose)
    )
