"""One model of content, from which pages, Word documents, workbooks, notebooks and plain text are written.

A report is a :class:`Content`: a title and blocks. Tables have typed columns, so that each writer knows what is a number,
a day or a code, and cells that name what they rest on. What is unknown, partial, assumed or inexact is said by the cell
or by a :class:`Note`; a writer never leaves it out.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from typing import Any, Final, Literal, cast

from attrs import field, frozen

from orgmodel.model.measure import Quantity
from orgmodel.model.words import Language, word

__all__ = [
    "Cell",
    "Column",
    "Content",
    "Heading",
    "Note",
    "Picture",
    "Table",
    "Text",
]

Sort = Literal["text", "code", "number", "share", "day"]
"""What a column holds. A code is a text of digits that no program may take for a number."""


@frozen
class Column:
    """A column of a table.

    Attributes:
        name: what stands above it.
        sort: what it holds.
        unit: the unit of its numbers, ``km2``.
    """

    name: str
    sort: Sort = "text"
    unit: str = ""

    @property
    def head(self) -> str:
        """The name with the unit.

        >>> Column("area", "number", "km2").head
        'area (km2)'
        """
        return f"{self.name} ({self.unit})" if self.unit else self.name


def _texts(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(texts)


@frozen
class Cell:
    """A value of a table, with what it rests on.

    Attributes:
        value: a text, number, fraction, day or :class:`~orgmodel.model.measure.Quantity`; None where nothing applies.
        sources: the acts that it rests on, as they are cited.
        note: what makes it less than certain: ``assumed``, ``inexact``.

    >>> table = Table(["unit", Column("members", "number")], [["A", Cell(30, ["202/2025/QH15"], "assumed")]])
    >>> table.sources(0), table.has_sources, table.records()
    (('202/2025/QH15',), True, [{'unit': 'A', 'members': 30}])
    """

    value: Any = None
    sources: tuple[str, ...] = field(default=(), converter=_texts)
    note: str = ""


def _cells(rows: Iterable[Iterable[Any]]) -> tuple[tuple[Cell, ...], ...]:
    return tuple(tuple(cell if isinstance(cell, Cell) else Cell(cell) for cell in row) for row in rows)


def _columns(columns: Iterable[Column | str]) -> tuple[Column, ...]:
    return tuple(column if isinstance(column, Column) else Column(column) for column in columns)


@frozen
class Table:
    """Rows under typed columns.

    Attributes:
        columns: a text is a column of texts.
        rows: a value that is no :class:`Cell` is one without sources.
        title: what stands above it.
        left_out: how many further rows there are.

    >>> table = Table(["province", Column("communes", "number")], [["Hà Nội", 126], ["Huế", None]], "Communes")
    >>> print(table.text("vi"))
    Communes
    province  communes
    Hà Nội         126
    Huế              –
    """

    columns: tuple[Column, ...] = field(converter=_columns)
    rows: tuple[tuple[Cell, ...], ...] = field(converter=_cells)
    title: str = ""
    left_out: int = 0

    def __attrs_post_init__(self) -> None:
        wrong = [at for at, row in enumerate(self.rows) if len(row) != len(self.columns)]
        if wrong:
            raise ValueError(f"row {wrong[0]} of the table {self.title!r} has not {len(self.columns)} cells")

    def sources(self, row: int) -> tuple[str, ...]:
        """What a row rests on, each source once."""
        return tuple(dict.fromkeys(source for cell in self.rows[row] for source in cell.sources))

    @cached_property
    def has_sources(self) -> bool:
        """Whether any cell names a source."""
        return any(cell.sources for row in self.rows for cell in row)

    def records(self) -> list[dict[str, Any]]:
        """The values, a dict for each row.

        >>> Table(["a"], [[1], [2]]).records()
        [{'a': 1}, {'a': 2}]
        """
        names = [column.name for column in self.columns]
        return [dict(zip(names, (cell.value for cell in row), strict=True)) for row in self.rows]

    def text(self, language: Language = "en") -> str:
        """The table as lines, columns apart by spaces, numbers on the right."""
        shown = [[cell_text(cell, language) for cell in row] for row in self.rows]
        heads = [column.head for column in self.columns]
        # Sources stand in a column of their own at the end: behind the figures they would part columns of numbers.
        if self.has_sources:
            heads.append(WORDS["sources"][language == "vi"])
            shown = [[*row, "; ".join(self.sources(at))] for at, row in enumerate(shown)]
        wide = [max(len(line[at]) for line in [heads, *shown]) for at in range(len(heads))]
        right = [at < len(self.columns) and self.columns[at].sort in ("number", "share") for at in range(len(heads))]
        lines = [
            "  ".join(
                text.rjust(wide[at]) if right[at] else text.ljust(wide[at]) for at, text in enumerate(line)
            ).rstrip()
            for line in [heads, *shown]
        ]
        return "\n".join([*([self.title] if self.title else []), *lines, *_left_out(self.left_out, language)])


def _left_out(count: int, language: Language) -> list[str]:
    return [WORDS["more"][language == "vi"].format(count=number_text(count, language))] if count else []


@frozen
class Heading:
    """A heading inside a report; level 1 is a part, 2 a section of it.

    Attributes:
        text: the heading.
        level: 1 for a part, 2 for a section of it.

    >>> print(Content("Q3", [Heading("Members"), Heading("Admitted", 2), Text("1,770 in all.")]))
    Q3
    <BLANKLINE>
    Members
    <BLANKLINE>
    Admitted
    1,770 in all.
    """

    text: str
    level: int = 1


@frozen
class Text:
    """A paragraph.

    Attributes:
        text: the paragraph.

    >>> print(Content("Q3", [Text("34 provinces reported.")]))
    Q3
    34 provinces reported.
    """

    text: str


@frozen
class Note:
    """What a reader must know: what is unknown, partial, assumed, inexact, or wrong.

    Attributes:
        text: the sentence.
        sort: ``error``, ``warning`` or ``note``.

    >>> print(Content("Q3", [Note("Two provinces did not report.", "warning")]))
    Q3
    warning: Two provinces did not report.
    """

    text: str
    sort: Literal["error", "warning", "note"] = "note"


@frozen
class Picture:
    """A picture with its caption.

    Attributes:
        svg: the picture, as SVG.
        caption: what it shows, with its sources.
        wide: how wide it is, in pixels.

    >>> from orgmodel.reports.pictures import Became, became_svg
    >>> drawn = Picture(became_svg([Became(["A", "B"], ["C"])]), "C was made of A and B.")
    >>> Content("A merger", [drawn]).blocks[0].caption
    'C was made of A and B.'
    """

    svg: str = field(repr=False)
    caption: str = ""
    wide: int = 900


Block = Heading | Text | Note | Table | Picture


def _blocks(blocks: Iterable[Block]) -> tuple[Block, ...]:
    return tuple(blocks)


@frozen
class Content:
    """A title and blocks: all that a report says, before it is written in some form.

    Attributes:
        title: what stands at the top.
        blocks: what follows, in order.
        language: the language of its texts and numbers.
        subtitle: days, and as of when it is known.

    >>> print(Content("A report", [Heading("Units"), Text("There are two."), Note("One is unknown.", "warning")]))
    A report
    <BLANKLINE>
    Units
    There are two.
    warning: One is unknown.
    """

    title: str
    blocks: tuple[Block, ...] = field(converter=_blocks)
    language: Language = field(default="en", kw_only=True)
    subtitle: str = field(default="", kw_only=True)

    @property
    def tables(self) -> tuple[Table, ...]:
        """The tables, in order."""
        return tuple(block for block in self.blocks if isinstance(block, Table))

    def frames(self) -> Mapping[str, list[dict[str, Any]]]:
        """Title of a table -> its records, for ``pandas.DataFrame`` or ``polars.DataFrame``."""
        return {table.title or f"table {at}": table.records() for at, table in enumerate(self.tables, start=1)}

    def text(self) -> str:
        """All of it as plain text."""
        out = [self.title, *([self.subtitle] if self.subtitle else [])]
        for block in self.blocks:
            match block:
                case Heading():
                    out += ["", block.text]
                case Text():
                    out.append(block.text)
                case Note():
                    out.append(f"{word('severity', block.sort, self.language)}: {block.text}")
                case Table():
                    out += ["", block.text(self.language)]
                case Picture():
                    out.append(f"[{block.caption}]")
        return "\n".join(out)

    def __str__(self) -> str:
        return self.text()

    def __repr__(self) -> str:
        return f"<Content {self.title!r}: {len(self.blocks)} blocks, {len(self.tables)} tables>"


WORDS: Final[Mapping[str, tuple[str, str]]] = {
    "sources": ("sources", "căn cứ"),
    "more": ("... and {count} more", "... và {count} dòng nữa"),
    "missing": ("not stated by {count}", "{count} đơn vị chưa nêu"),
    "none": ("–", "–"),
    "unknown": ("unknown", "chưa rõ"),
}


def number_text(value: int | float | Decimal | Fraction, language: Language = "en") -> str:
    """A number as people of the language write it.

    >>> number_text(10035), number_text(10035, "vi"), number_text(Decimal("1.5"), "vi")
    ('10,035', '10.035', '1,5')
    """
    # A fraction that is no whole number is shown to two places: what is computed with is kept elsewhere.
    if isinstance(value, Fraction):
        value = int(value) if value.denominator == 1 else round(float(value), 2)
    text = f"{value:,}"
    return text.translate(str.maketrans(",.", ".,")) if language == "vi" else text


def value_text(value: Any, language: Language = "en") -> str:
    """A value as people read it.

    >>> value_text(dt.date(2025, 7, 1), "vi"), value_text(Fraction(1, 3)), value_text(None), value_text(True)
    ('01/07/2025', '33.3 %', '–', 'yes')
    """
    match value:
        case None:
            return WORDS["none"][language == "vi"]
        case bool():
            return ("yes", "no")[not value] if language == "en" else ("có", "không")[not value]
        case int() | float() | Decimal():
            return number_text(value, language)
        case Fraction():
            return f"{number_text(round(float(value) * 100, 1), language)} %"
        case dt.date():
            return f"{value:%d/%m/%Y}" if language == "vi" else value.isoformat()
        case Quantity():
            return quantity_text(value, language)
        case tuple() | list():
            return ", ".join(value_text(part, language) for part in value)
        case _:
            return str(value)


def quantity_text(value: Quantity, language: Language = "en") -> str:
    """A quantity with its qualifier in the words of the language.

    >>> quantity_text(Quantity(1200, "about"), "vi"), quantity_text(Quantity(1200)), quantity_text(Quantity.of(None))
    ('khoảng 1.200', '1,200', 'unknown')
    """
    vi = language == "vi"
    if value.value is None:
        if value.low is not None and value.high is not None:
            text = f"{number_text(value.low, language)}–{number_text(value.high, language)}"
        else:
            text = WORDS["unknown"][vi]
    elif value.is_exact:
        text = number_text(value.value, language)
    else:
        text = f"{word('qualifier', value.qualifier, language)} {number_text(value.value, language)}"
    missing = getattr(value, "missing", 0)
    return f"{text} ({WORDS['missing'][vi].format(count=missing)})" if missing else text


def cell_text(cell: Cell, language: Language = "en") -> str:
    """A cell as people read it, with its note."""
    text = value_text(cell.value, language)
    return f"{text} ({cell.note})" if cell.note else text


def columns_of(heads: str, text: Callable[[str], str] = str) -> list[Column]:
    """The columns of heads such as ``unit | due: day``: names, each with the sort of its values unless that is text.

    Args:
        heads: the names with their sorts.
        text: puts a name into the words of the reader.

    >>> [(column.name, column.sort) for column in columns_of("unit | due: day", str.upper)]
    [('UNIT', 'text'), ('DUE', 'day')]
    """
    named = (head.partition(": ") for head in heads.split(" | "))
    return [Column(text(name), cast("Sort", sort or "text")) for name, _, sort in named]


def table_of(title: str, columns: Sequence[Column | str], rows: Sequence[Sequence[Any]], most: int = 0) -> Table:
    """A table of at most ``most`` rows (0: all), which says how many it leaves out.

    >>> table_of("t", ["a"], [[1], [2], [3]], most=2).left_out
    1
    """
    shown = rows[:most] if most else rows
    return Table(columns, shown, title, left_out=len(rows) - len(shown))
