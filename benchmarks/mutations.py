"""What no test holds: lines of the analysis that may say something else with its tests still passing.

    nice python benchmarks/mutations.py [--every 1] [--seed 0] [module ...]

A line gets one mutant, drawn by the seed from what can be changed in it: a comparison, an operator, a number, a
condition, a truth value, a text, a name such as min or any, a list that is made. The tests of its module are run until
one fails. The mutants that none fails on are printed. `--every 4` takes a quarter of the lines, drawn by the seed too.

A mutant takes 2 to 60 s, by its tests. mutmut 3.8 and cosmic-ray 8.7 were looked at. mutmut takes a module's name from
its path, which `workflow/scripts` is no part of; cosmic-ray starts a Python for each mutant, seconds of imports. Both
make every mutant of every line.

With seed 0, all lines were tried. What survived and is meant has a test since. These survive, and may:

- families and verdicts: `p < ALPHA` as `<=`, `margin > 0` as `>=`. No p is 0.05 to the last digit; a margin of
  0 has none below it.
- families: the index of a table whose rows are found by their columns.
- Defaults of columns that are set in every row, and `frozen` of dataclasses that nobody changes.
- minimum.seeds_to_judge: to count from n = 2, where the smallest answer is 6.
- meta.py: weights that are all twice as large. selection.py: the n of a lead that isn't there.
- judgements: the lower end of an interval is missing where the upper one is; differences of no seed are of none.
- factors: a cell that is missing is so for all variants, or in all seeds; a constant that cancels.
- tails.py: another seed of the draws, one seed more before signs are drawn, one draw more; equal differences by the
  second in place of the first.
- study: what an assertion says of claims that the check lets none pass of; names of claims' variants, which
  the tests of study.py hold.
- The end of a sentence that a test knows by its beginning.
"""

import argparse
import ast
import multiprocessing
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

os.environ |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}

# What tests import beside the package, once for all mutants.
import hypothesis.extra.numpy  # noqa: F401
import jsonschema  # noqa: F401
import pandas as pd  # noqa: F401
import pytest
import scipy.stats  # noqa: F401
import sklearn.model_selection  # noqa: F401
import statsmodels.formula.api
import statsmodels.stats.meta_analysis
import statsmodels.stats.weightstats  # noqa: F401
import yaml  # noqa: F401

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = Path("workflow/scripts/placement")
CLAIMS = ("test_contrasts", "test_claims", "test_claims_by_level", "test_sensitivity")
# The modules that verdicts come from, and the tests that hold each: the faster first.
TESTS = {
    "analysis/minimum": ("test_minimum",),
    "analysis/tails": ("test_tails", "test_sensitivity", "test_statistics"),
    "analysis/paired": (*CLAIMS, "test_statistics"),
    "analysis/families": ("test_selection", "test_statistics"),
    "analysis/verdicts": CLAIMS,
    "analysis/sensitivity": CLAIMS,
    "analysis/judgements": CLAIMS,
    "study/claims": CLAIMS,
    "study/claim_problems": (*CLAIMS, "test_config"),
    "study/contrasts": CLAIMS,
    "analysis/selection": ("test_selection",),
    "analysis/factors": ("test_factors",),
    "analysis/meta": ("test_meta", "test_atlas"),
}
LONGEST = 300  # seconds; a mutant whose tests take longer may never end, and isn't held against them

OPERATORS = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.Pow: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult,
    ast.BitOr: ast.BitAnd,
    ast.BitAnd: ast.BitOr,
    ast.And: ast.Or,
    ast.Or: ast.And,
}
_PAIRS = [("min", "max"), ("minimum", "maximum"), ("any", "all"), ("argmin", "argmax"), ("sf", "cdf"), ("isf", "ppf")]
_PAIRS += [("above", "below"), ("p_above", "p_below"), ("low", "high"), ("left", "right"), ("ceil", "floor")]
NAMES = dict(_PAIRS) | {b: a for a, b in _PAIRS}


def alternatives(node: ast.AST) -> Iterator[ast.AST]:
    """What may stand in the place of a node, for the same line to say something else."""
    match node:
        case ast.Compare(ops=[operator]) if type(operator) in OPERATORS:
            yield ast.Compare(node.left, [OPERATORS[type(operator)]()], node.comparators)
        case ast.BinOp(op=operator) if type(operator) in OPERATORS:
            yield ast.BinOp(node.left, OPERATORS[type(operator)](), node.right)
        case ast.BoolOp(op=operator):
            yield ast.BoolOp(OPERATORS[type(operator)](), node.values)
        case ast.UnaryOp(op=ast.Not() | ast.USub() | ast.Invert()):
            yield node.operand
        case ast.Constant(value=bool()):
            yield ast.Constant(not node.value)
        case ast.Constant(value=int() | float()):
            yield ast.Constant(node.value + 1)
        case ast.Constant(value=str()) if node.value:
            yield ast.Constant(f"{node.value}!")
        case ast.IfExp():
            yield ast.IfExp(ast.UnaryOp(ast.Not(), node.test), node.body, node.orelse)
        case ast.If():
            yield ast.If(ast.UnaryOp(ast.Not(), node.test), node.body, node.orelse)
        case ast.Attribute(attr=name) if name in NAMES and isinstance(node.ctx, ast.Load):
            yield ast.Attribute(node.value, NAMES[name], node.ctx)
        case ast.Name(id=name) if name in NAMES and isinstance(node.ctx, ast.Load):
            yield ast.Name(NAMES[name], node.ctx)
        case ast.ListComp() | ast.SetComp() | ast.GeneratorExp():
            yield ast.List([], ast.Load())
        case ast.DictComp():
            yield ast.Dict([], [])


class Mutator(ast.NodeTransformer):
    """Lists the mutants of a module, and makes the one that is wanted."""

    def __init__(self, wanted: int | None = None):
        self.wanted = wanted
        self.lines: list[int] = []
        self.texts: set[int] = set()
        self.line, self.became = 0, ""

    def visit(self, node: ast.AST) -> ast.AST:
        for other in alternatives(node):
            if len(self.lines) == self.wanted:
                self.became = f"{ast.unparse(node).splitlines()[0]} -> {ast.unparse(other).splitlines()[0]}"
                self.lines.append(node.lineno)
                self.line = node.lineno
                return ast.copy_location(other, node)
            if isinstance(other, ast.Constant) and isinstance(other.value, str):
                self.texts.add(len(self.lines))
            self.lines.append(node.lineno)
        return super().visit(node)

    # What tests can't see, since nothing reads it as the program runs.
    def visit_Expr(self, node: ast.Expr) -> ast.AST:
        return node if isinstance(node.value, ast.Constant) else self.generic_visit(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        if node.value is not None:
            node.value = self.visit(node.value)
        return node

    def visit_keyword(self, node: ast.keyword) -> ast.AST:
        return node if node.arg == "strict" else self.generic_visit(node)

    def visit_arg(self, node: ast.arg) -> ast.AST:
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.args = self.visit(node.args)
        node.body = [self.visit(statement) for statement in node.body]
        return node


def mutants(source: str, every: int, seed: int) -> list[int]:
    """Which mutant of each line that has any is tried; texts only where there is nothing else."""
    listed = Mutator()
    listed.visit(ast.parse(source))
    draw = random.Random(seed)
    of_line: dict[int, list[int]] = {}
    for number, line in enumerate(listed.lines):
        of_line.setdefault(line, []).append(number)
    chosen = []
    for numbers in of_line.values():
        one = draw.choice([number for number in numbers if number not in listed.texts] or numbers)
        if draw.random() < 1 / every:
            chosen.append(one)
    return chosen


def tested(copy: Path, tests: tuple[str, ...]) -> None:
    """In a process of its own: end with pytest's status."""
    os.chdir(copy)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    os.dup2(1, 2)
    sys.dont_write_bytecode = True
    files = [str(next(Path("tests").rglob(f"{test}.py"))) for test in tests]
    options = ["-x", "-q", "-n", "0", "-p", "no:cacheprovider", "--hypothesis-seed", "0", "-m", "not slow"]
    os._exit(int(pytest.main([*options, *files])))


def passes(copy: Path, tests: tuple[str, ...]) -> bool:
    process = multiprocessing.get_context("fork").Process(target=tested, args=(copy, tests))
    process.start()
    process.join(LONGEST)
    if process.is_alive():
        process.kill()
        process.join()
    return process.exitcode == 0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("modules", nargs="*", metavar="module", help=f"of {', '.join(TESTS)}; all where left out")
    parser.add_argument("--every", type=int, default=1, help="one of so many lines")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder)
        tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True)
        for file in tracked.stdout.splitlines():
            (copy / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / file, copy / file)
        for module in options.modules or TESTS:
            file = copy / PACKAGE / f"{module}.py"
            source = file.read_text(encoding="utf-8")
            if not passes(copy, TESTS[module]):
                raise SystemExit(f"{module}: its tests fail as it is")
            start, survived, chosen = time.monotonic(), 0, mutants(source, options.every, options.seed)
            for number in chosen:
                mutator = Mutator(number)
                file.write_text(ast.unparse(ast.fix_missing_locations(mutator.visit(ast.parse(source)))))
                if passes(copy, TESTS[module]):
                    survived += 1
                    said = source.splitlines()[mutator.line - 1].strip()
                    print(f"{module}.py:{mutator.line}: {mutator.became}\n    {said}", flush=True)
            file.write_text(source, encoding="utf-8")
            seconds = time.monotonic() - start
            print(f"{module}: {survived} of {len(chosen)} survived, {seconds:.0f} s", flush=True)


if __name__ == "__main__":
    main()
