"""Operations: pure functions from a structure to the events of an act."""

from orgmodel.acts.operation import Events
from orgmodel.acts.operations.clusters import designate, dissolve, form, join, leave, succeed_role
from orgmodel.acts.operations.divisions import break_down, reorganise, split_off, transfer
from orgmodel.acts.operations.mergers import PolicyMerger, merge, replace, take_over
from orgmodel.acts.operations.units import (
    abolish_level,
    close,
    create,
    reassign,
    reclassify,
    recode,
    record,
    reestablish,
    rename,
)

__all__ = [
    "Events",
    "PolicyMerger",
    "abolish_level",
    "break_down",
    "close",
    "create",
    "designate",
    "dissolve",
    "form",
    "join",
    "leave",
    "merge",
    "reassign",
    "reclassify",
    "recode",
    "record",
    "reestablish",
    "rename",
    "reorganise",
    "replace",
    "split_off",
    "succeed_role",
    "take_over",
    "transfer",
]
