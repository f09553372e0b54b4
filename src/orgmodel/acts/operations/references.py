"""Facts whose values are units: what becomes of them when those units become other units, or end.

The unit of the State to which a Party organisation corresponds may be merged while the organisation goes on. Its fact
then names the successor. With several successors, or none, it ends and must be recorded anew: a fact never names a unit
that has ended.
"""

from __future__ import annotations

from collections.abc import Sequence

from orgmodel.acts.events import Change, Link
from orgmodel.acts.operations.context import OperationContext, quoted
from orgmodel.model.track import CORRESPONDS

__all__ = [
    "end_references",
    "follow_references",
]


def follow_references(context: OperationContext, links: Sequence[Link]) -> list[Change]:
    """The changes of facts that name units which end in a succession, each with a note."""
    if CORRESPONDS not in context.survey.tracks:
        # Whoever corresponds to a unit is looked up as its children are: that read shows if one does later.
        return []
    news_of: dict[str, list[str]] = {}
    for link in links:
        news_of.setdefault(link.old, []).append(link.new)
    changes: list[Change] = []
    for old, news in news_of.items():
        if old in news:
            continue
        for unit in context.structure.corresponding(old):
            # An organisation that becomes another one in the same step passes its fact on by the fate of the track.
            if unit in news_of and unit not in news_of[unit]:
                continue
            message = f"{unit!r} corresponded to {old!r}, which became {quoted(news)}"
            if len(news) == 1:
                # Both organisations follow where their units merge: if they merge as well, their facts agree. If they
                # do not, two correspond to one unit, which a rule may find (B01), and nothing was guessed.
                changes.append(Change(unit, CORRESPONDS, news[0]))
                context.note("corresponds-follows", f"{message}, and corresponds to that from now on", unit, news[0])
            else:
                changes.append(Change(unit, CORRESPONDS, None))
                message += "; record to which it corresponds, or that it does to none"
                context.note("corresponds-open", message, unit, *news, severity="warning")
    return changes


def end_references(context: OperationContext, ended: str) -> None:
    """Write the ends of facts that name a unit which ends without a successor, with notes."""
    for unit in context.structure.corresponding(ended):
        context.events.append(Change(unit, CORRESPONDS, None))
        message = f"{unit!r} corresponded to {ended!r}, which ended without a successor"
        context.note("corresponds-ends", message, unit, ended, severity="warning")
