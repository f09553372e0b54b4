"""How the checks of the Party's rulebook are written: the units they look at, and findings in two languages.

A check of one unit at a time is a function of a :class:`Subject`, declared with :func:`each`. One that compares whole
columns, or looks at acts, is a function of a view, declared with :func:`check`. Both stand in :data:`PARTY_CHECKS`
under the name that the rulebook's file uses. What findings say stands in ``findings.toml``.
"""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from functools import cache, partial
from importlib.resources import files
from typing import Any, Final

from attrs import field, frozen

from orgmodel.errors import Finding, Severity
from orgmodel.model.fact import fact_track
from orgmodel.model.track import OWN
from orgmodel.party.decisions import Bounds
from orgmodel.party.facts import MEASURES
from orgmodel.party.kinds import KINDS
from orgmodel.party.posts import posts
from orgmodel.party.tracks import MARKS
from orgmodel.rules.checks import CHECKS, OK, CheckType, chosen
from orgmodel.rules.rule import Rule, Satisfied, Undecided, Verdict
from orgmodel.rules.view import View

__all__ = [
    "PARTY_CHECKS", "CheckOfUnit", "CheckOfView", "Subject", "Wording", "check", "each", "finding", "in_vietnamese",
    "undecided",
]  # fmt: skip

CheckOfUnit = Callable[["Subject"], Verdict | Iterable[Verdict]]
CheckOfView = Callable[[View, Mapping[str, Any]], Iterable[Verdict]]

PARTY_CHECKS: Final[dict[str, CheckType]] = dict(CHECKS)
"""The ready-made checks and the checks of the Party, by the name that the file uses."""

_CHOICE: Final = {"on": "kinds", "category": "words"}
"""The settings by which a rule may choose the units that it asks about."""


# ---- texts


@frozen
class Wording:
    """A text of ``findings.toml`` and what fills it in; it may itself fill in a part of another text."""

    text: str
    parts: Mapping[str, Any] = field(factory=dict)


@cache
def _texts() -> Mapping[str, Mapping[str, str]]:
    """What findings say, by language; under ``words`` the Vietnamese words for those on record."""
    return tomllib.loads((files("orgmodel.party") / "data" / "findings.toml").read_text(encoding="utf-8"))


@cache
def _words() -> Mapping[str, str]:
    """Word on record, kind, measure, mark or post -> what it is called in Vietnamese."""
    kinds = {kind.id: kind.name_vi for kind in KINDS}
    measures = {measure.id: measure.name_vi for measure in MEASURES}
    of_posts = {post.id: post.name_vi for post in posts().values()}
    return {**kinds, **measures, **of_posts, **MARKS, **_texts()["words"]}


def in_vietnamese(word: str) -> str:
    """What a kind, a measure, a post or another word of the record is called in Vietnamese; the word itself if it has no Vietnamese name.

    >>> in_vietnamese("members_official"), in_vietnamese("office secretary")
    ('đảng viên chính thức', 'người giữ chức vụ bí thư')
    """
    words = _words()
    return words.get(word) or " ".join(words.get(part, part) for part in word.split(" "))


def _filled(view: View, wording: Wording, language: str) -> str:
    """A text in a language, with its parts and the rule's values in force filled in."""

    def shown(value: Any) -> Any:
        if isinstance(value, Wording):
            return _filled(view, value, language)
        if isinstance(value, (list, tuple)):
            # Several texts are all true; of several words any one will do.
            are_texts = any(isinstance(item, Wording) for item in value)
            joined = ", " if are_texts else " hoặc " if language == "vi" else " or "
            return joined.join(str(shown(item)) for item in value)
        # An id that happens to be a word of the record stays an id.
        is_word = language == "vi" and isinstance(value, str) and not view.after.was_used(value)
        return in_vietnamese(value) if is_word else value

    # The rule's numbers may be named in each text, so that a finding cites the version in force.
    parts = {**view.values, **wording.parts}
    return _texts()[wording.text][language].format(**{name: shown(value) for name, value in parts.items()})


def finding(view: View, units: tuple[str, ...], text: str, *, severity: Severity = "error", **parts: Any) -> Finding:
    """A finding about units, by a text of ``findings.toml`` with its parts filled in; the first unit is named."""
    label = view.label(units[0]) if units[0] in view else units[0]
    en, vi = (f"{label}: {_filled(view, Wording(text, parts), language)}" for language in ("en", "vi"))
    return Finding("", en, units, None, severity, vi)


def undecided(units: Iterable[str], *missing: str, message: str = "", message_vi: str = "") -> Undecided:
    """The verdict on a case that cannot be decided because something is missing."""
    in_vi = message_vi or f"thiếu {', '.join(map(in_vietnamese, missing))}"
    return Undecided(", ".join(missing), units, message=message, message_vi=in_vi)


# ---- one unit


@frozen
class Subject:
    """One unit that a rule asks about, and the verdicts on it.

    Attributes:
        view: what the rule sees.
        unit: id of the unit.
        settings: the settings of the rule in the file.
    """

    view: View
    unit: str
    settings: Mapping[str, Any]

    @property
    def values(self) -> Mapping[str, Any]:
        """The rule's numbers and words in force on the day."""
        return self.view.values

    @property
    def started(self) -> dt.date:
        """The first day of the unit."""
        return self.view.columns.started(self.unit)

    def bounds(self, measure: str, scope: str = OWN) -> Bounds:
        """What the unit has at least and at most."""
        return self.view.bounds(self.unit, measure, scope)

    def fact(self, name: str, slot: Any = None) -> Any:
        """A recorded fact, None if it is not on record."""
        if slot is None:
            return self.view.facts(name).get(self.unit)
        # A column of one slot would be made anew for each unit; the slots of all units are made once.
        return self.view.slots(fact_track(name)).get(self.unit, {}).get(slot)

    def consent(self, *rules: str) -> Any:
        """The unit whose committee consented to an exception from any of some rules.

        False if one refused, None if nothing is on record.
        """
        decisions = (self.fact("decided", f"exception:{rule}") for rule in rules)
        return next((decision for decision in decisions if decision is not None), None)

    def merged_since(self) -> dt.date | None:
        """The day since which mergers count: the rule's own, else that on which it came into force."""
        since = self.values.get("merged_since")
        return since if isinstance(since, dt.date) else self.view.since

    def merged(self) -> bool | None:
        """Whether the unit was made of several since mergers count; None if that is not known."""
        return self.view.merged(self.unit, self.merged_since())

    def lacks(self, *missing: str, message: str = "", message_vi: str = "") -> Undecided:
        """Undecided, as something is missing."""
        return undecided((self.unit,), *missing, message=message, message_vi=message_vi)

    def known(self, on_record: Mapping[str, bool]) -> Verdict:
        """In order if all is on record, else undecided by the names of what is not."""
        missing = [name for name, is_known in on_record.items() if not is_known]
        return self.lacks(*missing) if missing else OK

    def one_of(self, allowed: Container[Any], word: Any, missing: str, text: str, **parts: Any) -> Verdict:
        """In order if the word on record is allowed, wrong by a text if it is another, undecided without one."""
        if word is None:
            return self.lacks(missing)
        return OK if word in allowed else self.wrong(text, recorded=word, **parts)

    def wrong(self, text: str, *others: str, severity: Severity = "error", **parts: Any) -> Finding:
        """A finding by a text of ``findings.toml``; other units may be named with the unit."""
        return finding(self.view, (self.unit, *others), text, severity=severity, **parts)


# ---- how a check is declared


@frozen
class _Check:
    """A check with the settings of one rule."""

    function: CheckOfView
    # Read by party.surplus as well: it asks each rule which figure it caps.
    settings: Mapping[str, Any] = field(hash=False)

    def __call__(self, view: View, /) -> Iterable[Verdict]:
        return self.function(view, self.settings)


def check(
    name: str,
    values: Mapping[str, str] | None = None,
    *,
    optional: Mapping[str, str] | None = None,
    settings: Mapping[str, str] | None = None,
    more_settings: Mapping[str, str] | None = None,
) -> Callable[[CheckOfView], CheckOfView]:
    """A decorator that declares a check of a whole view.

    Args:
        name: the word that the file uses.
        values: dated values that it needs, with their shapes.
        optional: dated values that it may have.
        settings: settings that it needs.
        more_settings: settings that it may have, besides those that choose units.
    """

    def add(function: CheckOfView) -> CheckOfView:
        make: Callable[[Mapping[str, Any]], Rule] = partial(_Check, function)
        # Every check may choose its units, so that a jurist can narrow a rule without code.
        may_have = _CHOICE | dict(more_settings or {})
        PARTY_CHECKS[name] = CheckType(make, settings or {}, may_have, values or {}, optional or {})
        return function

    return add


def each(
    name: str,
    values: Mapping[str, str] | None = None,
    *,
    on: Iterable[str] = (),
    category: str | tuple[str, ...] = (),
    among: Callable[[View], Iterable[str]] | None = None,
    **shapes: Mapping[str, str],
) -> Callable[[CheckOfUnit], CheckOfUnit]:
    """A decorator that declares a check of one unit at a time.

    Args:
        name: the word that the file uses.
        values: dated values that it needs, with their shapes.
        on: the kinds of units that it asks about where the file chooses none.
        category: only units of this category.
        among: the units that it asks about, instead.
        shapes: the further arguments of :func:`check`.
    """
    kinds = tuple(on)

    def units(view: View, settings: Mapping[str, Any]) -> Iterable[str]:
        if among is not None:
            return list(among(view))
        if "on" in settings or not kinds:
            return view.columns.names(chosen(view, settings))
        return view.units(kinds, category)

    def add(function: CheckOfUnit) -> CheckOfUnit:
        def all_verdicts(view: View, settings: Mapping[str, Any]) -> Iterator[Verdict]:
            for unit in units(view, settings):
                verdicts = function(Subject(view, unit, settings))
                yield from [verdicts] if isinstance(verdicts, (Finding, Satisfied, Undecided)) else verdicts

        check(name, values, **shapes)(all_verdicts)
        return function

    return add
