"""How many small faults in your rule or policy your tests would notice.

A mutant is your function with one small, named fault: in its source text (a boundary
shifted, a number one off, ``min`` for ``max``, sorting left out ...), or around it (a
member dropped, a figure rounded, a child left behind, what it says over a day later).
A test *notices* a mutant if it fails with it. A mutant that no test notices is a
question: is the test missing, or is the mutant as good as the original?
"""

from __future__ import annotations

import ast
import copy
import inspect
import textwrap
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from attrs import evolve, frozen

from orgmodel.acts.events import Change, Event, Succession
from orgmodel.acts.policies import MergerRule
from orgmodel.errors import Refused
from orgmodel.model import track as tracks
from orgmodel.model.measure import Quantity
from orgmodel.period import ONE_DAY
from orgmodel.testing import laws

__all__ = ["Mutant", "Score", "mutants", "mutation_score"]

Test = Callable[[Any], object]


@frozen
class Mutant:
    """A function with one fault.

    Attributes:
        name: what is wrong with it.
        call: the faulty function.

    >>> def total(numbers):
    ...     return sum(numbers) + 0
    >>> mutant = mutants(total, around=False)[0]
    >>> mutant.name, mutant.call([1, 2])
    ('line 2: + to -', 3)
    """

    name: str
    call: Callable[..., Any]


@frozen
class Score:
    """Which mutants the tests notice.

    Attributes:
        noticed: mutant -> the test that noticed it, by name.
        unnoticed: names of those that none noticed.

    >>> def fewest(numbers):
    ...     return min(numbers)
    >>> def weak(function):
    ...     assert function([1]) == 1
    >>> score = mutation_score(fewest, [weak], around=False)
    >>> score.noticed, score.unnoticed, score.share
    ({}, ('line 2: min to max',), 0.0)
    """

    noticed: dict[str, str]
    unnoticed: tuple[str, ...]

    @property
    def share(self) -> float:
        """The part of the mutants that was noticed, 1.0 if there are none."""
        count = len(self.noticed) + len(self.unnoticed)
        return len(self.noticed) / count if count else 1.0

    def __str__(self) -> str:
        count = len(self.noticed) + len(self.unnoticed)
        lines = [f"{len(self.noticed)} of {count} mutants noticed"]
        lines += [f"  noticed    {name}  [{test}]" for name, test in self.noticed.items()]
        lines += [f"  UNNOTICED  {name}" for name in self.unnoticed]
        return "\n".join(lines)


# ---- faults in the source text

_COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], str]] = {
    ast.Lt: (ast.LtE, "boundary shifted: < to <="),
    ast.LtE: (ast.Lt, "boundary shifted: <= to <"),
    ast.Gt: (ast.GtE, "boundary shifted: > to >="),
    ast.GtE: (ast.Gt, "boundary shifted: >= to >"),
    ast.Eq: (ast.NotEq, "== to !="),
    ast.NotEq: (ast.Eq, "!= to =="),
    ast.In: (ast.NotIn, "in to not in"),
    ast.NotIn: (ast.In, "not in to in"),
    ast.Is: (ast.IsNot, "is to is not"),
    ast.IsNot: (ast.Is, "is not to is"),
}
_ARITHMETIC: dict[type[ast.operator], tuple[type[ast.operator], str]] = {
    ast.Add: (ast.Sub, "+ to -"),
    ast.Sub: (ast.Add, "- to +"),
    ast.Mult: (ast.FloorDiv, "* to //"),
    ast.Div: (ast.FloorDiv, "rounded: / to //"),
    ast.FloorDiv: (ast.Div, "not rounded: // to /"),
}
_CALLS = {"min": "max", "max": "min", "any": "all", "all": "any", "sorted": "list", "set": "list", "sum": "max"}


def _faults(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    """Names of faults in one node, each with the node that has it."""
    match node:
        case ast.Compare(ops=[operator, *others]) if type(operator) in _COMPARISONS:
            other, name = _COMPARISONS[type(operator)]
            yield name, ast.Compare(node.left, [other(), *others], node.comparators)
        case ast.BinOp() if type(node.op) in _ARITHMETIC:
            operator_instead, name = _ARITHMETIC[type(node.op)]
            yield name, ast.BinOp(node.left, operator_instead(), node.right)
        case ast.BoolOp(op=ast.And()):
            yield "and to or", ast.BoolOp(ast.Or(), node.values)
        case ast.BoolOp():
            yield "or to and", ast.BoolOp(ast.And(), node.values)
        case ast.Constant(value=int(number)) if not isinstance(number, bool):
            yield f"one off: {number} to {number + 1}", ast.Constant(number + 1)
        case ast.Call(func=ast.Name(id=called), args=[_, *_]) if called in _CALLS:
            instead = _CALLS[called]
            name = "order used: sorted left out" if called == "sorted" else f"{called} to {instead}"
            keywords = [] if instead == "list" else node.keywords
            yield name, ast.Call(ast.Name(instead, ast.Load()), node.args, keywords)
        case ast.UnaryOp(op=ast.Not()):
            yield "not left out", node.operand
        case ast.Slice(lower=ast.expr() as lower, upper=None):
            later = ast.BinOp(lower, ast.Add(), ast.Constant(1))
            yield "member dropped: slice from one later", ast.Slice(later)


class _Replace(ast.NodeTransformer):
    def __init__(self, at: int, new: ast.AST) -> None:
        self.at, self.new, self.seen = at, new, -1

    def generic_visit(self, node: ast.AST) -> ast.AST:
        self.seen += 1
        if self.seen == self.at:
            return ast.copy_location(self.new, node)
        return super().generic_visit(node)


def _of_source(function: Callable[..., Any]) -> Iterator[Mutant]:
    """Mutants of a plain function whose source can be read and that has no free variables."""
    target = inspect.unwrap(function)
    if not inspect.isfunction(target) or target.__closure__:
        return
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(target)))
    except (OSError, SyntaxError, TypeError):
        return
    definition = tree.body[0]
    if not isinstance(definition, ast.FunctionDef):
        return
    definition.decorator_list = []
    # Annotations and defaults are no part of what it does.
    inside = {id(node) for statement in definition.body for node in ast.walk(statement)}
    numbered: list[ast.AST] = []

    class Number(ast.NodeTransformer):
        def generic_visit(self, node: ast.AST) -> ast.AST:
            numbered.append(node)
            return super().generic_visit(node)

    Number().visit(tree)
    for at, node in enumerate(numbered):
        if id(node) not in inside:
            continue
        for name, faulty in _faults(node):
            changed = _Replace(at, copy.deepcopy(faulty)).visit(copy.deepcopy(tree))
            ast.fix_missing_locations(changed)
            names: dict[str, Any] = {}
            exec(compile(changed, f"<mutant of {target.__name__}>", "exec"), target.__globals__, names)
            line = target.__code__.co_firstlineno + getattr(node, "lineno", 1) - 1
            yield Mutant(f"line {line}: {name}", names[definition.name])


# ---- faults around a merger rule

Around = Callable[[MergerRule], MergerRule]


def _events(change: Callable[[list[Event], Sequence[str]], list[Event]]) -> Around:
    def around(rule: MergerRule) -> MergerRule:
        def mutant(structure: Any, members: Sequence[str], day: Any, source: Any) -> Iterable[Event]:
            return change(list(rule(structure, members, day, source)), members)

        return mutant

    return around


def _first(wanted: Callable[[Change], bool], new: Callable[[Change], Change | None]) -> Around:
    """The first change that is wanted becomes another, or nothing."""

    def change(events: list[Event], _: Sequence[str]) -> list[Event]:
        for place, event in enumerate(events):
            changes: list[Any] = list(event.changes) if isinstance(event, Succession) else [event]
            for at, of_event in enumerate(changes):
                if isinstance(of_event, Change) and wanted(of_event):
                    instead = new(of_event)
                    changes[at : at + 1] = [] if instead is None else [instead]
                    faulty: list[Event] = (
                        [evolve(event, changes=changes)] if isinstance(event, Succession) else list(changes)
                    )
                    return [*events[:place], *faulty, *events[place + 1 :]]
        return events

    return _events(change)


def _is_figure(change: Change) -> bool:
    return tracks.is_measure(change.track) and isinstance(_figure(change), int)


def _figure(change: Change) -> Any:
    """The number that is stated, None if it is not exact."""
    quantity = Quantity.of(change.value) if isinstance(change.value, (int, Quantity)) else Quantity.unknown()
    return quantity.value if quantity.is_exact else None


def _drop_member(rule: MergerRule) -> MergerRule:
    def mutant(structure: Any, members: Sequence[str], day: Any, source: Any) -> Iterable[Event]:
        few = members[:-1] if len(members) > 2 else members
        return rule(structure, few, day, source)

    return mutant


def _use_order(rule: MergerRule) -> MergerRule:
    def mutant(structure: Any, members: Sequence[str], day: Any, source: Any) -> Iterable[Event]:
        events = list(rule(structure, members, day, source))
        name = f"Successor of {members[0]}"
        for at, event in enumerate(events):
            if isinstance(event, Succession) and event.created:
                first, *others = event.created
                events[at] = evolve(event, created=(first.evolve(name=name), *others))
                break
        return events

    return mutant


def _one_is_enough(rule: MergerRule) -> MergerRule:
    def mutant(structure: Any, members: Sequence[str], day: Any, source: Any) -> Iterable[Event]:
        try:
            return list(rule(structure, members, day, source))
        except Refused:
            if len(set(members)) > 1:
                raise
            return []

    return mutant


def _last_link(events: list[Event], _: Sequence[str]) -> list[Event]:
    for at, event in enumerate(events):
        if isinstance(event, Succession) and len(event.links) > 1:
            return [*events[:at], evolve(event, links=event.links[:-1]), *events[at + 1 :]]
    return events


_AROUND: dict[str, Around] = {
    "a member dropped": _drop_member,
    "the last link left out": _events(_last_link),
    "the order of members used for the name": _use_order,
    "one member alone accepted": _one_is_enough,
    "a figure one off": _first(_is_figure, lambda c: evolve(c, value=_figure(c) + 1)),
    "a figure rounded down to tens": _first(
        lambda c: _is_figure(c) and _figure(c) % 10 > 0, lambda c: evolve(c, value=_figure(c) // 10 * 10)
    ),
    "a figure left out": _first(_is_figure, lambda _: None),
    "a child left behind": _first(lambda c: tracks.is_parent(c.track), lambda _: None),
    "a cluster not joined": _first(lambda c: tracks.is_member(c.track), lambda _: None),
}


def _lapses(rule: MergerRule) -> MergerRule:
    def mutant(structure: Any, members: Sequence[str], day: Any, source: Any) -> Iterable[Event]:
        shorten = _first(
            lambda c: (
                c.until is None and c.value is not None and tracks.family(c.track) in (tracks.MEASURE, tracks.MEMBER)
            ),
            lambda c: evolve(c, until=day + ONE_DAY),
        )
        return shorten(rule)(structure, members, day, source)

    return mutant


_AROUND["what is written over a day later"] = _lapses


def mutants(function: Callable[..., Any], *, around: bool = True) -> list[Mutant]:
    """The mutants of a rule or policy.

    Args:
        function: a plain function for faults in its source text; any callable for those around it.
        around: whether it is a merger rule, so that faults around it make sense.

    >>> def smaller(a, b):
    ...     return a if a < b else b
    >>> [mutant.name for mutant in mutants(smaller, around=False)]
    ['line 2: boundary shifted: < to <=']
    """
    faulty = list(_of_source(function))
    if around:
        faulty += [Mutant(name, fault(function)) for name, fault in _AROUND.items()]
    # Two faults of one sort can stand on one line.
    times: dict[str, int] = {}
    for at, mutant in enumerate(faulty):
        times[mutant.name] = times.get(mutant.name, 0) + 1
        if times[mutant.name] > 1:
            faulty[at] = Mutant(f"{mutant.name} ({times[mutant.name]})", mutant.call)
    return faulty


def _all_laws(rule: Any) -> None:
    laws.check(rule=rule, max_examples=100, shrink=False)


def mutation_score(
    rule: Callable[..., Any], tests: Iterable[Test] = (), *, around: bool = True, extra: Iterable[Mutant] = ()
) -> Score:
    """Which mutants of a rule or policy some tests notice.

    Args:
        rule: a merger rule or a policy.
        tests: functions that are called with a rule and fail (raise) if it is wrong. If
            there are none: all laws about merger rules.
        around: whether it is a merger rule; False for policies.
        extra: mutants of your own.

    Raises:
        AssertionError: a test fails with the rule itself, so that it can tell nothing.

    >>> def fewest(numbers):
    ...     return min(numbers) + 0
    >>> def test(function):
    ...     assert function([1, 2]) == 1
    >>> print(mutation_score(fewest, [test], around=False))
    2 of 3 mutants noticed
      noticed    line 2: min to max  [test]
      noticed    line 2: one off: 0 to 1  [test]
      UNNOTICED  line 2: + to -
    """
    chosen = list(tests) or [_all_laws]
    for test in chosen:
        try:
            test(rule)
        except Exception as error:
            raise AssertionError(f"{_name(test)} fails with the rule itself: {error}") from error
    noticed: dict[str, str] = {}
    unnoticed: list[str] = []
    for mutant in [*mutants(rule, around=around), *extra]:
        for test in chosen:
            try:
                test(mutant.call)
            except Exception:  # noqa: BLE001  # any failure is a notice
                noticed[mutant.name] = _name(test)
                break
        else:
            unnoticed.append(mutant.name)
    return Score(noticed, tuple(unnoticed))


def _name(test: Test) -> str:
    return getattr(test, "__name__", repr(test)).lstrip("_")
