"""The identity of a history by its content: the same in every process and on every machine."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from orgmodel.history.history import History

__all__ = [
    "identity_of",
]


def identity_of(history: History) -> str:
    """The hash that stands for all of a history: its schema, its measures, its log.

    >>> import orgmodel as om
    >>> identity_of(om.History()) == identity_of(om.loads(om.dumps(om.History())))
    True
    """
    # Files stand above histories: the identity is the hash at the end of a history's file.
    identity: str = import_module("orgmodel.io.jsonl").head_of(history)
    return identity
