"""``st.from_type(om.Structure)`` and the like, registered when hypothesis and orgmodel are both imported.

>>> from hypothesis import strategies as st
>>> from orgmodel.structure.structure import Structure
>>> register()
>>> st.from_type(Structure)
structures()
"""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from orgmodel.acts.act import Act
from orgmodel.history.history import History
from orgmodel.model.measure import Quantity
from orgmodel.model.source import Source
from orgmodel.model.unit import Unit
from orgmodel.period import Period
from orgmodel.structure.structure import Structure

__all__ = [
    "histories",
    "register",
    "structures",
]


def register() -> None:
    """Tell hypothesis the strategies of the package's types."""
    st.register_type_strategy(Structure, lambda _: _named("structures"))
    st.register_type_strategy(History, lambda _: _named("histories"))
    st.register_type_strategy(Act, lambda _: _acts())
    st.register_type_strategy(Unit, lambda _: _units())
    st.register_type_strategy(Source, lambda _: _sources())
    st.register_type_strategy(Period, lambda _: _periods())
    st.register_type_strategy(Quantity, lambda _: _quantities())


@st.composite
def structures(draw: st.DrawFn) -> Structure:
    """The structures of :func:`orgmodel.testing.strategies.structures`, by its defaults."""
    from orgmodel.testing import strategies

    return draw(strategies.structures())


@st.composite
def histories(draw: st.DrawFn) -> History:
    """The histories of :func:`orgmodel.testing.strategies.histories`, by its defaults."""
    from orgmodel.testing import strategies

    return draw(strategies.histories())


def _named(name: str) -> Any:
    return {"structures": structures, "histories": histories}[name]()


_NAMES = st.text(st.characters(codec="utf-8", categories=("L", "N", "Zs")), min_size=1, max_size=12)


def _composed() -> st.SearchStrategy[str]:
    import unicodedata

    return _NAMES.map(lambda text: unicodedata.normalize("NFC", text))


def _units() -> st.SearchStrategy[Unit]:
    """Units as they may be created: an id, perhaps a name, a code and a parent."""
    codes = st.none() | st.from_regex(r"[0-9]{1,5}", fullmatch=True)
    ids = st.from_regex(r"[a-z][a-z0-9]{0,4}", fullmatch=True)
    return st.builds(Unit, ids, name=st.none() | _composed(), code=codes, parent=st.none())


def _sources() -> st.SearchStrategy[Source]:
    day = st.none() | st.dates()
    return st.builds(Source, _composed(), issuer=_composed(), decided=day, in_force=day)


def _periods() -> st.SearchStrategy[Period]:
    def in_order(days: tuple[Any, Any]) -> Period:
        start, end = days
        return Period(start, end) if start is None or end is None or start <= end else Period(end, start)

    day = st.none() | st.dates()
    return st.tuples(day, day).map(in_order)


def _quantities() -> st.SearchStrategy[Quantity]:
    numbers = st.integers(0, 10_000)
    known = st.builds(Quantity, numbers, st.sampled_from(["exact", "about", "more than", "at most"]))
    bounds = st.tuples(numbers, numbers).map(sorted).map(lambda ends: Quantity.unknown(*ends))
    return st.one_of(known, bounds, st.just(Quantity.unknown()))


@st.composite
def _acts(draw: st.DrawFn) -> Act:
    """Acts that are valid on some history: its last one."""
    from orgmodel.testing import strategies

    history = draw(strategies.histories(max_moves=2, max_amendments=0))
    return draw(strategies.acts(history))
