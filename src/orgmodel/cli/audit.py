"""``orgmodel audit``: what the rules find on a day, each finding with its law."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from textwrap import shorten
from typing import Annotated, Any

from cyclopts import Parameter
from rich.console import Console
from rich.text import Text

from orgmodel.cli.common import Json, Limit, On, Unclear, console, day_of, load, more_of, print_json, table, term
from orgmodel.cli.words import language, say
from orgmodel.errors import Finding
from orgmodel.history.audit import audit_history
from orgmodel.model.source import SEEN
from orgmodel.model.words import word
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
        Path | None, Parameter(name="--rulebook", help="A rulebook as TOML; the Party's if none is given.")
    ] = None,
    undecided: Annotated[
        bool, Parameter(negative="", help="List also what cannot be decided, and what is missing.")
    ] = False,
    limit: Limit = 10,
    json: Json = False,
) -> int:
    """Ask the rulebook about an organisation on a day; exit status 1 if there are errors.

    Each finding names the law that sets the rule, and how certain that citation is.

    Parameters
    ----------
    file
        A history, a file or a store; the reform of 2025 in Viet Nam if none is given.
    """
    history = load(file)
    day = day_of(on, history)
    book = _chosen(rulebook() if rulebook_file is None else read_party_rulebook(rulebook_file), rule)
    if since is None:
        audit = book.audit(history.at(day))
    else:
        start = as_day(since)
        if start >= day:
            raise Unclear(say("--since {start} is not before {day}", start=start, day=day))
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
    for rule in rules:
        if rule in left_out:
            raise Unclear(say("rule {rule} is not modelled: {why}", rule=rule, why=left_out[rule]))
        if rule not in known:
            known_ids = ", ".join(sorted(known))
            raise Unclear(say("there is no rule {rule}; there are {known}", rule=repr(rule), known=known_ids))
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
            {"rule": case.rule, "missing": case.missing, "count": case.count, "units": list(case.units)}
            for case in audit.undecided
        ],
        "not_on_record": [silence.rule for silence in audit.not_on_record],
    }


def _print(out: Console, audit: Audit, book: Rulebook, limit: int, undecided: bool) -> None:
    statements = _statements(audit, book)
    _print_findings(out, audit, statements, limit)
    if undecided and audit.undecided:
        rows = [[case.rule, case.missing, case.count, ", ".join(case.units[:3])] for case in audit.undecided]
        columns = [say("rule"), say("missing"), say("cases"), say("such as")]
        out.print(table(say("Cannot be decided"), columns, rows, right=[2]))
    _print_cases(out, audit, statements, undecided)
    if audit.not_on_record:
        count = len(audit.not_on_record)
        out.print(say("{count} rules were not asked: what held on {day} is not on record.", count=count, day=audit.day))
    if book.not_modelled:
        count = len(book.not_modelled)
        out.print(
            say("{count} rules of the book are not modelled; the reference of the rulebook says why.", count=count)
        )
    errors, others = len(audit.errors), len(audit.findings) - len(audit.errors)
    head = say("errors: {errors}; warnings and notes: {others}", errors=errors, others=others)
    out.print(Text(head, style="bold red" if errors else "bold green"))


def _print_findings(out: Console, audit: Audit, statements: Mapping[str, str], limit: int) -> None:
    """Print the findings, by rule and by law."""
    for rule, findings in audit.groups("rule").items():
        out.print(Text(f"{rule}  {statements.get(rule, '')}", style="bold"), soft_wrap=True)
        for citation, cited in _by_citation(findings).items():
            out.print(Text(f"   {citation}", style="dim"), soft_wrap=True)
            shown = cited if not limit else cited[:limit]
            for finding in shown:
                line = Text(f"   {word('severity', finding.severity, language()):8}", style=_STYLE[finding.severity])
                line.append(_message(finding), style="not bold default")
                if finding.act is not None:
                    line.append(f"  [{finding.act}]", style="not bold dim")
                out.print(line, soft_wrap=True)
            if len(cited) > len(shown):
                out.print(Text(f"            {more_of(len(shown), len(cited))}"), soft_wrap=True)
        out.print()


def _print_cases(out: Console, audit: Audit, statements: Mapping[str, str], undecided: bool) -> None:
    """Print how often each rule was satisfied, violated or undecided."""
    asked = [row for row in audit.summary() if row["satisfied"] or row["violated"] or undecided]
    rows = [
        [
            r["rule"],
            r["satisfied"],
            r["violated"],
            r["undecided"],
            shorten(statements.get(r["rule"], ""), 70, placeholder=" ..."),
        ]
        for r in asked
    ]
    columns = [say("rule"), say("satisfied"), say("violated"), say("undecided"), ""]
    out.print(table(say("Cases on {day}", day=audit.day), columns, rows, right=[1, 2, 3]))
    silent = len(audit.counts) - len(asked)
    if silent:
        out.print(
            say(
                "{count} more rules in force had nothing to decide on (--undecided tells what is missing).",
                count=silent,
            )
        )


def _statements(audit: Audit, book: Rulebook) -> dict[str, str]:
    """Rule -> its statement, in the language of the output where the rulebook has it."""
    statements = dict(audit.statements)
    if language() == "vi":
        statements |= {rule.id: text for rule in book if (text := getattr(rule, "statement_vi", ""))}
    return statements


def _message(finding: Finding) -> str:
    return (language() == "vi" and finding.message_vi) or finding.message


def _by_citation(findings: tuple[Finding, ...]) -> dict[str, list[Finding]]:
    """The findings of one rule by law: a period may see two versions of it."""
    out: dict[str, list[Finding]] = {}
    for finding in findings:
        sure = ""
        if finding.certainty not in ("", SEEN):
            certainty = term("certainty", finding.certainty)
            sure = say(" ({certainty}: check it against the act)", certainty=certainty)
        out.setdefault(f"{finding.citation}{sure}", []).append(finding)
    return out
