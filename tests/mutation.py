"""Are faults in the code that decides noticed? `python -m tests.mutation` plants them one by one and says which live.

    python -m tests.mutation          policy.py, against the plain statements of its rules
    python -m tests.mutation gate     the gate, places and provenance, against their tests in tests/cogs; what these do
                                      not notice is tried against races and forged provenances
    python -m tests.mutation ways     the gate taken out altogether, against every way to a picture times every rule

Of the gate's tests, those are run that go through the function with the fault, until the first one fails.

A fault is planted in the running module: one comparison, constant, `and`, `or`, `not`, condition or return. Exit status
1 when fewer than 95 % are noticed.
"""

import ast
import asyncio
import contextlib
import copy
import io
import itertools
import logging
import random
import sys
import types
from collections import defaultdict
from collections.abc import Callable, Generator, Iterator
from pathlib import Path

import pytest

from benchmarks import forging, races
from cogs import _gate, _place, _provenance
from inference.safety import policy
from tests.inference import policy_oracle, test_policy

HERE = Path(__file__).parent
TESTS = (*sorted(HERE.glob("cogs/test_gate_*.py")), HERE / "cogs/test_place.py", HERE / "cogs/test_provenance.py")
WAYS = str(HERE / "referee/test_entry_paths.py")
WANTED = 0.95
OPPOSITE: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.In: ast.NotIn, ast.NotIn: ast.In,
    ast.Gt: ast.LtE, ast.GtE: ast.Lt, ast.Lt: ast.GtE, ast.LtE: ast.Gt,
}  # fmt: skip


def faults(function: ast.AST) -> Iterator[tuple[str, Callable[[ast.AST], None]]]:
    """Every fault that can be planted in a function: where it is, and what plants it in a copy."""
    for index, node in enumerate(ast.walk(function)):
        line = getattr(node, "lineno", 0)
        match node:
            case ast.Compare():
                yield f"{line}: comparison turned round", _at(index, _turn_comparison)
            case ast.BoolOp():
                yield f"{line}: and/or exchanged", _at(index, _exchange)
                for part in range(len(node.values)):
                    yield f"{line}: condition {part} left out", _at(index, _leaving_out(part))
            case ast.UnaryOp(op=ast.Not()):
                yield f"{line}: not left out", _at(index, _without_not)
            case ast.Constant(value=bool()):
                yield f"{line}: {node.value} turned round", _at(index, _turn_constant)
            case ast.If():
                yield f"{line}: always", _at(index, _always(True))
                yield f"{line}: never", _at(index, _always(False))
            case ast.IfExp():
                yield f"{line}: branches exchanged", _at(index, _exchange_branches)
            case ast.Set() | ast.Tuple() if len(node.elts) > 1 and isinstance(node.elts[0], ast.Attribute):
                yield f"{line}: one fewer in a set", _at(index, _one_fewer)
            case ast.Attribute(value=ast.Name(id="_Heat" | "Strength" | "Rule"), attr=name):
                other = _neighbour(node.value.id, name)  # type: ignore[union-attr]
                yield f"{line}: {name} for {other}", _at(index, _renamed(other))


def _at(index: int, change: Callable[[ast.AST], None]) -> Callable[[ast.AST], None]:
    return lambda function: change(next(itertools.islice(ast.walk(function), index, None)))


def _turn_comparison(node: ast.AST) -> None:
    assert isinstance(node, ast.Compare)
    node.ops[0] = OPPOSITE[type(node.ops[0])]()


def _exchange(node: ast.AST) -> None:
    assert isinstance(node, ast.BoolOp)
    node.op = ast.And() if isinstance(node.op, ast.Or) else ast.Or()


def _leaving_out(part: int) -> Callable[[ast.AST], None]:
    def change(node: ast.AST) -> None:
        assert isinstance(node, ast.BoolOp)
        del node.values[part]
        if len(node.values) == 1:
            node.values *= 2

    return change


def _without_not(node: ast.AST) -> None:
    assert isinstance(node, ast.UnaryOp)
    node.op, node.operand = ast.Not(), ast.UnaryOp(op=ast.Not(), operand=node.operand)


def _turn_constant(node: ast.AST) -> None:
    assert isinstance(node, ast.Constant)
    node.value = not node.value


def _always(value: bool) -> Callable[[ast.AST], None]:
    def change(node: ast.AST) -> None:
        assert isinstance(node, ast.If)
        node.test = ast.Constant(value)

    return change


def _exchange_branches(node: ast.AST) -> None:
    assert isinstance(node, ast.IfExp)
    node.body, node.orelse = node.orelse, node.body


def _one_fewer(node: ast.AST) -> None:
    assert isinstance(node, ast.Set | ast.Tuple)
    node.elts.pop()


def _renamed(other: str) -> Callable[[ast.AST], None]:
    def change(node: ast.AST) -> None:
        assert isinstance(node, ast.Attribute)
        node.attr = other

    return change


def _neighbour(kind: str, name: str) -> str:
    members = {"_Heat": policy._Heat, "Strength": policy.Strength, "Rule": policy.Rule}[kind].__members__
    names = list(members)
    return names[(names.index(name) + 1) % len(names)]


def functions(module: types.ModuleType) -> Iterator[tuple[object, str, ast.FunctionDef | ast.AsyncFunctionDef]]:
    """Every function: where it hangs, its name, its tree."""
    tree = ast.parse(Path(module.__file__ or "").read_text(encoding="utf-8"))
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield module, node.name, node
        elif isinstance(node, ast.ClassDef):
            for inner in node.body:
                if isinstance(inner, ast.FunctionDef) and not inner.decorator_list:
                    yield getattr(module, node.name), inner.name, inner


def mutants(module: types.ModuleType, notices: Callable[[str], bool]) -> tuple[int, list[str]]:
    """How many faults there were, and those that nobody noticed; `notices` is told the function with the fault."""
    tried, alive = 0, []
    for owner, name, tree in functions(module):
        original = getattr(owner, name)
        for what, plant in faults(tree):
            changed = copy.deepcopy(tree)
            plant(changed)
            scope: dict[str, object] = {}
            whole = ast.fix_missing_locations(ast.Module(body=[changed], type_ignores=[]))
            exec(compile(whole, name, "exec"), module.__dict__, scope)
            setattr(owner, name, scope[name])
            for other in (_gate, _provenance, _place):  # whoever imported it by name
                if getattr(other, name, None) is original:
                    setattr(other, name, scope[name])
            tried += 1
            try:
                noticed = notices(name)
            except Exception:  # noqa: BLE001 - whatever it is, it is noticed
                noticed = True
            if not noticed:
                alive.append(f"{module.__name__}.{name}, line {what}")
                print("alive:", alive[-1], flush=True)
            for other in (_gate, _provenance, _place):
                if getattr(other, name, None) is scope[name]:
                    setattr(other, name, original)
            setattr(owner, name, original)
        assert not notices(name), "something is noticed where there is no fault"
    return tried, alive


def statements_differ(_: str = "") -> bool:
    """Whether the policy says anything else than the plain statements, over many facts."""
    return any(_differs(asked) for asked in FACTS)


def _differs(asked: policy.Facts) -> bool:
    said = policy.decide(asked)
    if (said.allowed, said.rule, said.destroy, said.spoiler) != policy_oracle.expected(asked):
        return True
    return said.sentence(asked) != policy_oracle.expected_sentence(asked, said.rule)


def _sample() -> list[policy.Facts]:
    """Facts of every kind, and many that lie one step beside something allowed."""
    chance = random.Random(9)
    some = [test_policy.some_facts(chance) for _ in range(12_000)]
    ratings = (policy.Rating.GENERAL, policy.Rating.SENSITIVE, policy.Rating.EXPLICIT)
    best = [
        test_policy.facts(picture=test_policy.picture(rating), provenance=provenance, moment=moment)
        for rating in ratings
        for provenance in (policy.Provenance.TEXT, policy.Provenance.OURS)
        for moment in policy.Moment
    ]
    suggestive = policy.Rating.SENSITIVE
    best.append(test_policy.facts(picture=test_policy.picture(suggestive), place=test_policy.PLACES[2]))
    return [*best, *(worse for one in best for worse in test_policy.each_worse(one)), *some]


FACTS = _sample()


def races_notice() -> bool:
    """Whether races, or forged provenances, come out any other way than they should."""

    async def both() -> bool:
        async with asyncio.timeout(60):
            tally = await races.run(160, seed=3)
            forged = await forging.run(36, seed=3)
        return bool(
            tally.leaks or tally.lost or tally.admitted != tally.delivered or forged.accepted or forged.turned_away
        )

    return asyncio.run(both())


class Tests:
    """Those of the gate, in this process; and which of them go through which function."""

    def __init__(self, *modules: types.ModuleType) -> None:
        self._watched = {module.__file__ for module in modules}
        self._through: defaultdict[str, set[str]] = defaultdict(set)
        self._only: set[str] | None = None
        if self._fail():
            raise SystemExit("the tests fail already")
        self._watched = set[str | None]()

    def notice(self, function: str) -> bool:
        """Whether one of those that go through a function of this name fails."""
        self._only = self._through[function]
        return self._fail() or races_notice()

    def _fail(self) -> bool:
        how = ["-x", "-q", "-p", "no:cacheprovider", "--timeout=20"]
        with contextlib.redirect_stdout(io.StringIO()):
            ended = pytest.main([*how, *map(str, TESTS)], plugins=[self])
        if ended not in {pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED, pytest.ExitCode.NO_TESTS_COLLECTED}:
            raise SystemExit(f"the tests could not be run: {ended!r}")
        return ended == pytest.ExitCode.TESTS_FAILED

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Once it is known who goes where, only they."""
        if self._only is not None:
            items[:] = [item for item in items if item.nodeid in self._only]

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None, object, object]:
        """Note what the test goes through."""

        def note(frame: types.FrameType, event: str, _: object) -> None:
            if event == "call" and frame.f_code.co_filename in self._watched:
                self._through[frame.f_code.co_name].add(item.nodeid)

        sys.setprofile(note if self._watched else None)
        try:
            return (yield)
        finally:
            sys.setprofile(None)


class Outcomes:
    """A plugin that counts what becomes of tests."""

    def __init__(self) -> None:
        self.run = self.failed = 0

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """A test failed in its own part, or did not."""
        if report.when == "call":
            self.run += 1
            self.failed += report.failed


def ways() -> int:
    """Whether every test of a way and a rule fails where the policy is never asked."""
    _gate.decide = lambda _: policy.Decision(allowed=True)
    outcomes = Outcomes()
    with contextlib.redirect_stdout(io.StringIO()):
        pytest.main(["-q", "-p", "no:cacheprovider", "-k", "past_a_rule", WAYS], plugins=[outcomes])
    print(f"without a gate {outcomes.failed} of {outcomes.run} tests of a way and a rule fail")
    return 0 if 0 < outcomes.run == outcomes.failed else 1


def main() -> int:
    """Plant, count, print."""
    logging.disable(logging.CRITICAL)
    if sys.argv[1:] == ["ways"]:
        return ways()
    gate = sys.argv[1:] == ["gate"]
    modules = (_gate, _place, _provenance) if gate else (policy,)
    assert not (races_notice() if gate else statements_differ()), "something is wrong already"
    notices = Tests(*modules).notice if gate else statements_differ
    tried, alive = 0, 0
    for module in modules:
        more, living = mutants(module, notices)
        tried, alive = tried + more, alive + len(living)
        print(f"{module.__name__}: {more} faults, {more - len(living)} noticed")
    print(f"{1 - alive / tried:.1%} of {tried} noticed")
    return 0 if 1 - alive / tried >= WANTED else 1


if __name__ == "__main__":
    raise SystemExit(main())
