"""A failure as a short Python script that shows it again, with public names only."""

from __future__ import annotations

import datetime as dt
import enum
import inspect
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from fractions import Fraction
from typing import Any, Final

import attrs

from orgmodel.acts import operations, policies
from orgmodel.acts.act import Act
from orgmodel.acts.argument_values import Unwritable, criteria_of
from orgmodel.acts.events import Change, Closure, Creation, Link, Succession
from orgmodel.acts.operation import Operation, Together
from orgmodel.errors import Answer
from orgmodel.history.history import History
from orgmodel.history.log import Entry
from orgmodel.model.cluster import Absent, Cluster, Clustering
from orgmodel.model.matter import When
from orgmodel.model.measure import Measure, Quantity
from orgmodel.model.schema import Kind, Placement, Schema
from orgmodel.model.source import Source
from orgmodel.model.unit import Unit
from orgmodel.party import kinds
from orgmodel.period import Period
from orgmodel.structure.selection import Selection
from orgmodel.testing import party_cases, schemas

__all__ = [
    "code",
    "draft_code",
    "enact_code",
    "history_code",
    "named",
    "script",
]

_PUBLIC: Final[tuple[type, ...]] = (
    *(Act, Change, Closure, Creation, Link, Succession, Cluster, Clustering, Measure, Quantity),
    *(Kind, Placement, Schema, Source, Unit, Period, When),
)

_EVENTS: Final = (Change, Closure, Creation, Succession)

_BY_NAME: Final = {
    policies.__name__: frozenset(
        name for name, value in vars(policies).items() if getattr(value, "__module__", "") == policies.__name__
    ),
    operations.__name__: frozenset(name for name in operations.__all__ if name[0].isupper() and name != "Answer"),
}
"""Module -> the names that scripts use as they are, where a value of one of these stands in a decision."""

_WIDTH: Final = 110


def code(value: Any) -> str:
    """Python that makes a value again, given ``import orgmodel as om``.

    >>> code(Closure("x")), code(Unit("24", name="Bắc Ninh"))
    ("om.Closure('x')", "om.Unit('24', name='Bắc Ninh')")
    >>> code(Change("x", "measure:members", Quantity.unknown(0, 5), "own", dt.date(2025, 7, 2)))
    "om.Change('x', 'measure:members', om.Quantity(qualifier='unknown', low=0, high=5), 'own', dt.date(2025, 7, 2))"
    """
    for sort, write in _WRITERS:
        if isinstance(value, sort):
            return write(value)
    if attrs.has(type(value)):
        return f"{'om.' if isinstance(value, _PUBLIC) else ''}{type(value).__name__}({_arguments(value)})"
    return value.__qualname__ if inspect.isroutine(value) or inspect.isclass(value) else repr(value)


def _source(source: Source) -> str:
    return "om.Source.unknown" if source == Source.unknown else f"om.Source({_arguments(source)})"


def _act(act: Act) -> str:
    """An act: what was decided where scripts can say it, else what it came to."""
    operations_known = all(isinstance(item, (Together, *_EVENTS)) or _is_offered(item) for item in act.operations)
    decided = [_decided(item) for item in act.operations] if operations_known else list(map(code, act.events))
    options = {word: value for word in _OPTIONS if (value := getattr(act, word)) not in ("", None)}
    arguments = [repr(act.id), repr(act.effective.isoformat()), f"[{', '.join(decided)}]", code(act.source)]
    return f"om.Act({', '.join([*arguments, *(f'{word}={code(value)}' for word, value in options.items())])})"


_OPTIONS: Final = ("note", "within", "before", "after", "keys")
"""The arguments of an act that few have."""


def _is_offered(item: Any) -> bool:
    """Whether scripts import the class of an operation by its name."""
    return type(item).__name__ in _BY_NAME[operations.__name__]


def _decided(item: Any) -> str:
    """An item of an act: an operation by its class, as outside a draft."""
    if isinstance(item, Together):
        return f"Together([{', '.join(map(_decided, item.operations))}])"
    return f"{type(item).__name__}({_arguments(item)})" if isinstance(item, Operation) else code(item)


def _answer(answer: Answer) -> str:
    keyword, choice = answer.choice
    return f"Answer({answer.act!r}, about={answer.about!r}, {keyword}={choice!r})"


def _tuple(items: tuple[Any, ...]) -> str:
    inner = ", ".join(map(code, items))
    return f"({inner},)" if len(items) == 1 else f"({inner})"


def _selection(selection: Selection) -> str:
    try:
        criteria = criteria_of(selection)
    except Unwritable:
        return repr(selection)
    return f"om.select({', '.join(f'{name}={code(criterion)}' for name, criterion in criteria.items())})"


_WRITERS: Final[tuple[tuple[type, Callable[[Any], str]], ...]] = (
    (Source, _source),
    (Act, _act),
    # A verb of the Party is called "party.appoint" in files, and "appoint" of a draft.
    (Operation, lambda operation: f"{operation.name.rpartition('.')[2]}({_arguments(operation)})"),
    (Selection, _selection),
    (Answer, _answer),
    (Absent, lambda absent: f"om.{absent!r}"),
    (enum.Enum, str),
    (dt.date, lambda day: f"dt.date({day.year}, {day.month}, {day.day})"),
    (Fraction, lambda number: f"Fraction({number.numerator}, {number.denominator})"),
    (tuple, _tuple),
    (list, lambda items: f"[{', '.join(map(code, items))}]"),
    (Mapping, lambda pairs: f"{{{', '.join(f'{code(key)}: {code(item)}' for key, item in pairs.items())}}}"),
)
"""Type -> what writes a value of it; the first one that fits counts."""


def _arguments(value: Any) -> str:
    """The arguments that are not their defaults; by place until one is left out."""
    parts, named = [], False
    for field in attrs.fields(type(value)):
        argument = _argument(value, field)
        if _is_left_out(value, field, argument):
            named = True
            continue
        # Lists read better than the tuples that converters make of them. A slot is compared, and pairs of a child and its
        # home are told from units by being tuples.
        as_list = isinstance(argument, tuple) and field.name != "slot" and not _are_pairs(argument)
        text = code(list(argument) if as_list else argument)
        named = named or field.kw_only
        parts.append(f"{field.alias}={text}" if named else text)
        # Only the first of many texts is clear without its name.
        named = named or isinstance(value, (Unit, Source))
    return ", ".join(parts)


def _are_pairs(items: tuple[Any, ...]) -> bool:
    return bool(items) and all(isinstance(item, tuple) and len(item) == 2 for item in items)


def _argument(value: Any, field: attrs.Attribute[Any]) -> Any:
    """What a field was given; a succession holds its changes in another form under a private name."""
    return value.changes if isinstance(value, Succession) and field.alias == "changes" else getattr(value, field.name)


def _is_left_out(value: Any, field: attrs.Attribute[Any], argument: Any) -> bool:
    """Whether an argument says nothing that is not so without it."""
    if not field.init:
        return True
    if isinstance(value, Quantity) and field.name in ("low", "high") and value.qualifier == "exact":
        return True  # They follow from the number.
    if field.default is attrs.NOTHING:
        return False
    if isinstance(value, _PUBLIC):
        # False is equal to 0, and says something else.
        return argument == field.default and type(argument) is type(field.default)
    # An empty argument may say something else than none: children={} names no child, None leaves open which.
    convert: Any = field.converter
    return bool(argument == (field.default if convert is None else convert(field.default)))


def draft_code(act: Act) -> list[str]:
    """Lines that draft an act of operations again, on ``history``, as ``act``.

    >>> from orgmodel.acts.operations import Merge
    >>> for line in draft_code(Act("m", "2026-01-01", [Merge(["a", "b"], into=Unit("ab"))])):
    ...     print(line)
    with history.draft('2026-01-01', om.Source.unknown, act_id='m') as act:
        act.merge(['a', 'b'], into=om.Unit('ab'))
    """
    place = "".join(f", {word}={neighbours!r}" for word in ("before", "after") if (neighbours := getattr(act, word)))
    lines = [f"with history.draft({act.effective.isoformat()!r}, {code(act.source)}, act_id={act.id!r}{place}) as act:"]
    for item in act.operations:
        if isinstance(item, Together):
            lines += ["    with act.together():", *(f"        act.{code(operation)}" for operation in item.operations)]
        else:
            lines.append(f"    act.{code(item)}" if isinstance(item, Operation) else f"    act.add({code(item)})")
    return lines


def enact_code(act: Act, more: str = "") -> list[str]:
    """Lines that enact an act again: as its events, or drafted where it has operations.

    Args:
        act: the act.
        more: further arguments, each after a comma.
    """
    if not act.is_outcome:
        return [*draft_code(act), f"history = history.enact(act{more})"]
    return [_in_lines(f"history = history.enact({code(act)}{more})", map(code, act.events))]


def _in_lines(text: str, items: Iterable[str]) -> str:
    """A text with each item of a list in it on a line of its own, if it is long."""
    listed = list(items)
    if len(text) <= _WIDTH:
        return text
    return text.replace(f"[{', '.join(listed)}]", "".join(["[\n", *(f"    {item},\n" for item in listed), "]"]), 1)


def _preset(schema: Schema) -> str:
    """The name of a schema of the kit or of the Party, if it is one."""
    if schema == kinds.SCHEMA:
        return "party.kinds.SCHEMA"
    return next((f"schemas.{name}" for name in ("AGENCIES", "LOOSE", "LINES") if getattr(schemas, name) == schema), "")


def history_code(history: History) -> list[str]:
    """Lines that make a history again, entry by entry of its log.

    >>> for line in history_code(History().enact(Act("a", "2025-07-01", [Creation(Unit("x"))]))):
    ...     print(line)
    history = om.History()
    history = history.enact(om.Act('a', '2025-07-01', [om.Creation(om.Unit('x'))], om.Source.unknown))
    """
    lines = _empty_code(history)
    for entry in history.log:
        lines += _entry_code(entry)
    return lines


def _empty_code(history: History) -> list[str]:
    """The line that makes a history of the same schema and measures, with nothing in it."""
    schema = code(history.schema) if history.schema != Schema() else ""
    known = {"schemas.MEASURES": schemas.MEASURES, "party_cases.MEASURES": party_cases.MEASURES}
    named = (name for name, measures in known.items() if {m.id: m for m in measures} == history.measures)
    measures = next(named, code(list(history.measures.values())) if history.measures else "")
    arguments = filter(None, [_preset(history.schema) or schema, f"measures={measures}" if measures else ""])
    return [_in_lines(f"history = om.History({', '.join(arguments)})", map(code, history.schema.kinds))]


def _entry_code(entry: Entry) -> list[str]:
    """Lines that record an entry of a log again."""
    act = entry.act
    more = "" if act is not None and entry.recorded == act.effective else f", recorded={entry.recorded.isoformat()!r}"
    if entry.answers:
        more += f", answers={code(list(entry.answers))}"
    if entry.amends is not None:
        more = f", reason={entry.reason!r}{more}"
    if act is None:
        return [f"history = history.cancel({entry.amends!r}{more})"]
    if entry.amends is None:
        return enact_code(act, more)
    # Not drafted: a draft would stand on what the act itself did, before it was corrected.
    return [_in_lines(f"history = history.correct({entry.amends!r}, {code(act)}{more})", map(_decided, act.operations))]


def named(thing: Any, word: str = "rule") -> tuple[list[str], str]:
    """Imports and an expression for a user's function or object; a comment, and a word, if it cannot be imported.

    >>> named(code)
    (['from orgmodel.testing.reproduce import code'], 'code')
    >>> named(policies.ClusterOf("a"))
    (['from orgmodel.acts.policies import ClusterOf'], "ClusterOf('a')")
    """
    imports = dict.fromkeys(_imports(thing))
    if None in imports:
        name = getattr(thing, "__qualname__", type(thing).__name__)
        return [f"{word} = ...  # put {name!r} here: it cannot be imported by name"], word
    return [line for line in imports if line], code(thing)


def _imports(thing: Any) -> Iterator[str | None]:
    """The imports of a function or object and of its arguments; None for each that cannot be imported by name."""
    if attrs.has(type(thing)):
        for field in attrs.fields(type(thing)):
            if (value := _argument(thing, field)) != field.default:
                yield from _imports(value)
        thing = type(thing)
        if thing in _PUBLIC:
            return
    elif isinstance(thing, (tuple, list)):
        for item in thing:
            yield from _imports(item)
    if callable(thing):
        module, name = getattr(thing, "__module__", None) or "__main__", getattr(thing, "__qualname__", "")
        # What a package offers is imported from there, whichever module of it has the definition.
        module = next((p for p, names in _BY_NAME.items() if name in names and module.startswith(p)), module)
        known = module != "__main__" and name.isidentifier()
        yield f"from {module} import {name}" if known else None


def script(
    history: History, last: Iterable[str], imports: Iterable[str] = (), steps: Iterable[str] | None = None
) -> str:
    """A whole script: imports, the history, and some last lines.

    Args:
        history: the history.
        last: lines behind it.
        imports: besides those that follow from what is said.
        steps: the lines that make the history, where these are not to follow from its log.

    >>> script(History(), ["act.merge_by(PolicyMerger(), ['a', 'b'])"]).splitlines()[1]
    'from orgmodel.acts.operations import PolicyMerger'
    """
    lines = history_code(history) if steps is None else [*_empty_code(history), *steps]
    last = list(last)
    text = "\n".join([*lines, *last])
    standard = [line for pattern, line in _STANDARD if re.search(pattern, text)]
    kit = [name for name in ("laws", "party_cases", "schemas") if f"{name}." in text]
    of_package = [f"from orgmodel.testing import {', '.join(kit)}"] if kit else []
    of_package += [line for pattern, line in _OF_THE_PACKAGE if re.search(pattern, text)]
    further = dict.fromkeys(imports)
    for module, names in _BY_NAME.items():
        used = [name for name in sorted(names) if re.search(rf"(?<![\w.]){name}\(", text)]
        of_package += [f"from {module} import {', '.join(used)}"] if used else []
        for name in used:
            further.pop(f"from {module} import {name}", None)
    head = [*standard, ""] if standard else []
    return "\n".join([*head, "import orgmodel as om", *dict.fromkeys([*of_package, *further]), "", *lines, *last])


_STANDARD: Final = (
    (r"dt\.date\(", "import datetime as dt"),
    (r"pickle\.", "import pickle"),
    (r"Fraction\(", "from fractions import Fraction"),
)
_OF_THE_PACKAGE: Final = (
    (r"party\.kinds\.", "from orgmodel import party"),
    (r"jsonl\.", "from orgmodel.io import jsonl"),
    (r"(?<![\w.])Track\(", "from orgmodel.model.track import Track"),
    (r"Answer\(", "from orgmodel.errors import Answer"),
    (r"Together\(", "from orgmodel.acts.operation import Together"),
)
"""Pattern in a script -> the import that it needs."""
