"""A failure as a short Python script that shows it again, with public names only."""

from __future__ import annotations

import datetime as dt
import enum
import inspect
import re
from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from typing import Any, Final

import attrs

from orgmodel.acts import operations, policies
from orgmodel.acts.act import Act
from orgmodel.acts.arguments import Unwritable, criteria_of
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
    "WIDTH",
    "broken",
    "code",
    "draft_code",
    "history_code",
    "named",
    "script",
]

_PUBLIC: Final[tuple[type, ...]] = (
    *(Act, Change, Closure, Creation, Link, Succession, Cluster, Clustering, Measure, Quantity),
    *(Kind, Placement, Schema, Source, Unit, Period, When),
)

_BY_NAME: Final = {
    policies.__name__: frozenset(
        name for name, value in vars(policies).items() if getattr(value, "__module__", "") == policies.__name__
    ),
    operations.__name__: frozenset(name for name in operations.__all__ if name[0].isupper() and name != "Answer"),
}
"""Module -> the names that scripts use as they are, where a value of one of these stands in a decision."""

WIDTH: Final = 110


def code(value: Any) -> str:
    """Python that makes a value again, given ``import orgmodel as om``.

    >>> code(Closure("x")), code(Unit("24", name="Bắc Ninh"))
    ("om.Closure('x')", "om.Unit('24', name='Bắc Ninh')")
    >>> code(Change("x", "measure:members", Quantity.unknown(0, 5), "own", dt.date(2025, 7, 2)))
    "om.Change('x', 'measure:members', om.Quantity(qualifier='unknown', low=0, high=5), 'own', dt.date(2025, 7, 2))"
    """
    if isinstance(value, Source) and value == Source.unknown:
        return "om.Source.unknown"
    if isinstance(value, Act):
        events = code(list(value.events))
        note = f", note={value.note!r}" if value.note else ""
        return f"om.Act({value.id!r}, {value.effective.isoformat()!r}, {events}, {code(value.source)}{note})"
    if isinstance(value, Operation):
        # A verb of the Party is called "party.appoint" in files, and "appoint" of a draft.
        return f"{value.name.rpartition('.')[2]}({_arguments(value)})"
    if isinstance(value, Selection):
        return _selection(value)
    if isinstance(value, Answer):
        keyword, choice = value.choice
        return f"Answer({value.act!r}, about={value.about!r}, {keyword}={choice!r})"
    if attrs.has(type(value)):
        return f"{'om.' if isinstance(value, _PUBLIC) else ''}{type(value).__name__}({_arguments(value)})"
    if isinstance(value, Absent):
        return f"om.{value!r}"
    if isinstance(value, enum.Enum):
        return str(value)
    if isinstance(value, dt.date):
        return f"dt.date({value.year}, {value.month}, {value.day})"
    if isinstance(value, Fraction):
        return f"Fraction({value.numerator}, {value.denominator})"
    if isinstance(value, tuple):
        inner = ", ".join(map(code, value))
        return f"({inner},)" if len(value) == 1 else f"({inner})"
    if isinstance(value, list):
        return f"[{', '.join(map(code, value))}]"
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{code(k)}: {code(v)}' for k, v in value.items())}}}"
    return value.__qualname__ if inspect.isroutine(value) or inspect.isclass(value) else repr(value)


def _arguments(value: Any) -> str:
    """The arguments that are not their defaults; by place until one is left out."""
    parts, named = [], False
    for field in attrs.fields(type(value)):
        argument = getattr(value, field.name)
        if not isinstance(value, _PUBLIC):
            # Converters make nothing into None or an empty tuple.
            named = named or field.kw_only
            if not field.init or (
                field.default is not attrs.NOTHING and (argument in (None, ()) or argument == field.default)
            ):
                named = True
                continue
        if field.default is not attrs.NOTHING and argument == field.default and type(argument) is type(field.default):
            named = True
            continue
        if isinstance(value, Quantity) and field.name in ("low", "high") and value.qualifier == "exact":
            continue
        text = code(argument)
        if isinstance(argument, tuple) and field.name != "slot":
            text = code(list(argument))
        parts.append(f"{field.alias}={text}" if named or field.kw_only else text)
        # Only the first of many texts is clear without its name.
        named = named or isinstance(value, (Unit, Source))
    return ", ".join(parts)


def _selection(value: Selection) -> str:
    """A selection of units by criteria."""
    try:
        criteria = criteria_of(value)
    except Unwritable:
        return repr(value)
    return f"om.select({', '.join(f'{name}={code(criterion)}' for name, criterion in criteria.items())})"


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


def broken(text: str, indent: str = "    ") -> str:
    """A long call over several lines, its outermost list one item a line."""
    if len(text) <= WIDTH or "[" not in text:
        return text
    start = text.index("[")
    depth, items, last, quote = 0, [], start + 1, ""
    for at in range(start, len(text)):
        char = text[at]
        if quote:
            quote = "" if char == quote else quote
        elif char in "'\"":
            quote = char
        elif char in "[(":
            depth += 1
        elif char in "])":
            depth -= 1
            if depth == 0:
                items.append(text[last:at].strip())
                body = "".join(f"{indent}{item},\n" for item in items if item)
                return f"{text[: start + 1]}\n{body}{text[at:]}"
        elif char == "," and depth == 1:
            items.append(text[last:at].strip())
            last = at + 1
    return text


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
    measures = tuple(history.measures.values())
    known = {"schemas.MEASURES": schemas.MEASURES, "party_cases.MEASURES": party_cases.MEASURES}
    listed = next((name for name, of in known.items() if of == measures), code(list(measures)) if measures else "")
    arguments = ", ".join(filter(None, [_preset(history.schema) or schema, f"measures={listed}" if listed else ""]))
    return [broken(f"history = om.History({arguments})")]


def _entry_code(entry: Entry) -> list[str]:
    """Lines that record an entry of a log again."""
    act = entry.act
    recorded = "" if act is not None and entry.recorded == act.effective else entry.recorded.isoformat()
    when = f", recorded={recorded!r}" if recorded else ""
    if entry.answers:
        when += f", answers={code(list(entry.answers))}"
    if act is None:
        return [f"history = history.cancel({entry.amends!r}, reason={entry.reason!r}{when})"]
    head, expression = ([], code(act)) if act.is_outcome else (draft_code(act), "act")
    if entry.amends is None:
        return [*head, broken(f"history = history.enact({expression}{when})")]
    return [*head, broken(f"history = history.correct({entry.amends!r}, {expression}, reason={entry.reason!r}{when})")]


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
            if (value := getattr(thing, field.name)) != field.default:
                yield from _imports(value)
        thing = type(thing)
        if thing in _PUBLIC:
            return
    elif isinstance(thing, (tuple, list)):
        for item in thing:
            yield from _imports(item)
    if callable(thing):
        module, name = getattr(thing, "__module__", None), getattr(thing, "__qualname__", "")
        known = module not in (None, "__main__") and name.isidentifier()
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
    head = [line for pattern, line in _STANDARD if re.search(pattern, text)]
    kit = [name for name in ("laws", "party_cases", "schemas") if f"{name}." in text]
    more = [f"from orgmodel.testing import {', '.join(kit)}"] if kit else []
    more += [line for pattern, line in _OF_THE_PACKAGE if re.search(pattern, text)]
    for module, names in _BY_NAME.items():
        used = [name for name in sorted(names) if re.search(rf"(?<![\w.]){name}\(", text)]
        more += [f"from {module} import {', '.join(used)}"] if used else []
    imports = dict.fromkeys([*more, *imports])
    return "\n".join([*head, *([""] if head else []), "import orgmodel as om", *imports, "", *lines, *last])


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
)
"""Pattern in a script -> the import that it needs."""
