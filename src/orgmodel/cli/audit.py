"""``orgmodel audit``: what the rules find on a day, each finding with its law."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter
from rich.console import Console
from rich.text import Text

from orgmodel.cli.common import Json, Limit, On, Unclear, console, day_of, load, print_json, table
from orgmodel.errors import Finding
from orgmodel.history.audit import audit_history
from orgmodel.party.law import read_party_rulebook, rulebook
from orgmodel.period import as_day
from orgmodel.rules.rulebook import Audit, Rulebook

__all__ = [
    "command",
]

_STYLE = {"error": "bold red", "warning": "bold yellow", "note": "bold"}


def command(
    file: str | None = None,
    /,
    *,
    on: On = None,
    since: Annotated[
        str | None,
        Parameter(help="Look at what arose after this day instead: by acts, and by rules that came into force."),
    ] = None,
    rule: Annotated[
        tuple[str, ...], Parameter(help="Only this rule, by its id such as D14; may be repeated.", negative="")
    ] = (),
    rulebook_file: Annotated[
        Path | None, Parameter(name="--rulebook", help="A rulebook as TOML; that of the Party if none is given.")
    ] = None,
    undecided: Annotated[
        bool, Parameter(negative="", help="List also what cannot be decided, and what is missing.")
    ] = False,
    limit: Limit = 10,
    json: Json = False,
) -> int:
    """Ask the rulebook about an organisation on a day; exit status 1 if there are errors.

    Each finding is told with the law that sets the rule and how sure that citation is.

    Parameters
    ----------
    file
        A history, a file or a store; the reform of 2025 in Viet Nam if none is given.
    """
    if limit < 0:
        raise Unclear(f"--limit {limit} is no number of lines; give 0 or more")
    history = load(file)
    day = day_of(on, history)
    book = _chosen(rulebook() if rulebook_file is None else read_party_rulebook(rulebook_file), rule)
    if since is None:
        audit = book.audit(history.at(day))
    else:
        start = as_day(since)
        if start >= day:
            raise Unclear(f"--since {start} is not before {day}")
        audit = audit_history(history, book, start, day)
    if json:
        print_json(_record(audit))
    else:
        _print(console(), audit, book, limit, undecided)
    return 1 if audit.errors else 0


def _chosen(book: Rulebook, rules: tuple[str, ...]) -> Rulebook:
    if not rules:
        return book
    known = {r.id for r in book} | {r.id.partition(".")[0] for r in book}
    left_out = {r.id: r.reason for r in book.not_modelled}
    for one in rules:
        if one in left_out:
            raise Unclear(f"rule {one} is not modelled: {left_out[one]}")
        if one not in known:
            raise Unclear(f"there is no rule {one!r}; there are {', '.join(sorted(known))}")
    return book.select(*rules)


def _record(audit: Audit) -> dict[str, Any]:
    return {
        "day": str(audit.day),
        "errors": len(audit.errors),
        "rules": audit.summary(),
        "findings": [
            {**row, "day": None if row["day"] is None else str(row["day"])}
            for row in audit.table()
            if row["outcome"] == "violated"
        ],
        "undecided": [
            {"rule": one.rule, "missing": one.missing, "count": one.count, "units": list(one.units)}
            for one in audit.undecided
        ],
        "not_on_record": [one.rule for one in audit.not_on_record],
    }


def _print(out: Console, audit: Audit, book: Rulebook, limit: int, undecided: bool) -> None:
    for rule, findings in audit.groups("rule").items():
        out.print(Text(f"{rule}  {audit.statements.get(rule, '')}", style="bold"), soft_wrap=True)
        for citation, cited in _by_citation(findings).items():
            out.print(Text(f"   {citation}", style="dim"), soft_wrap=True)
            shown = cited if not limit else cited[:limit]
            for finding in shown:
                line = Text(f"   {finding.severity:8}", style=_STYLE[finding.severity])
                line.append(finding.message, style="not bold default")
                if finding.act is not None:
                    line.append(f"  [{finding.act}]", style="not bold dim")
                out.print(line, soft_wrap=True)
            if len(cited) > len(shown):
                out.print(
                    Text(f"            ... and {len(cited) - len(shown):,} more (--limit 0 lists all)"), soft_wrap=True
                )
        out.print()
    if undecided and audit.undecided:
        rows = [[one.rule, one.missing, one.count, ", ".join(one.units[:3])] for one in audit.undecided]
        out.print(table("Cannot be decided", ["rule", "missing", "cases", "such as"], rows, right=[2]))
    asked = [row for row in audit.summary() if row["satisfied"] or row["violated"] or undecided]
    rows = [[r["rule"], r["satisfied"], r["violated"], r["undecided"], r["statement"][:70]] for r in asked]
    out.print(table(f"Cases on {audit.day}", ["rule", "satisfied", "violated", "undecided", ""], rows, right=[1, 2, 3]))
    silent = len(audit.counts) - len(asked)
    if silent:
        out.print(Text(f"{silent} more rules in force had nothing to decide on (--undecided tells what is missing)."))
    if audit.not_on_record:
        out.print(Text(f"{len(audit.not_on_record)} rules were not asked: what held on {audit.day} is not on record."))
    if book.not_modelled:
        out.print(
            Text(f"{len(book.not_modelled)} rules of the book are not modelled; docs/reference/rulebook.md says why.")
        )
    errors, others = len(audit.errors), len(audit.findings) - len(audit.errors)
    head = f"{errors:,} error{'' if errors == 1 else 's'}, {others:,} warning{'' if others == 1 else 's'} or notes"
    out.print(Text(head, style="bold red" if errors else "bold green"))


def _by_citation(findings: tuple[Finding, ...]) -> dict[str, list[Finding]]:
    """The findings of one rule by law: a period may see two versions of it."""
    out: dict[str, list[Finding]] = {}
    for finding in findings:
        sure = "" if finding.certainty in ("", "seen") else f" ({finding.certainty}: check it against the act)"
        out.setdefault(f"{finding.citation}{sure}", []).append(finding)
    return out
