"""Libraries that only some functions need: if one is missing, the error names the extra that installs it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType
from typing import Final

from orgmodel.errors import MissingExtra

__all__ = [
    "EXTRAS",
    "extra",
]

EXTRAS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "cyclopts": "cli",
        "dask": "distributed",
        "distributed": "distributed",
        "docx": "report",
        "highspy": "propose",
        "holidays": "holidays",
        "hypothesis": "testing",
        "jinja2": "report",
        "pandas": "tables",
        "plotly": "view",
        "polars": "tables",
        "psycopg": "postgresql",
        "pyarrow": "tables",
        "python_calamine": "excel",
        "rapidfuzz": "names",
        "rich": "cli",
        "scipy": "sparse",
        "sqlalchemy": "store",
        "xlsxwriter": "excel",
    }
)
"""A library -> the extra that installs it."""


@contextmanager
def extra() -> Iterator[None]:
    """A block for imports of optional libraries: a missing one is reported with the name of its extra.

    Raises:
        MissingExtra: one of the libraries of an extra is not installed.

    >>> with extra():
    ...     raise ModuleNotFoundError("No module named 'polars'", name="polars")
    Traceback (most recent call last):
        ...
    orgmodel.errors.MissingExtra: this needs polars; install it with: pip install 'orgmodel[tables]'
    """
    try:
        yield
    except ModuleNotFoundError as error:
        library = (error.name or "").partition(".")[0]
        if library not in EXTRAS:
            raise
        raise MissingExtra(library, EXTRAS[library]) from None
