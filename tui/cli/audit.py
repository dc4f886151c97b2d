"""`abreast audit`: do published or measured figures add up? Imports lazily."""

import argparse
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from targets.errors import UsageError
from targets.exit_codes import ExitCode
from tui.cli.console import out, out_document
from tui.cli.parser import Commands

if TYPE_CHECKING:
    from engine.answers.audit_table import AuditTable, Finding
    from engine.answers.csv_rows import Columns

EXAMPLES = """examples:
  abreast audit crud-concurrency
  abreast audit last --json
  abreast audit results.csv --think-time "1 s to 2 s"
  abreast audit wrk.csv --users-column conns --latency-column avg_us"""


def add_command(commands: Commands) -> None:
    """Adds `audit`."""
    audit = commands.add_parser(
        "audit",
        help="check whether published or measured figures add up",
        description="Check figures against themselves: those that a preset's source published, those of a "
        "recorded session, or a CSV table of any tool. Exits with 1 if something does not add up.",
        epilog=EXAMPLES,
    )
    audit.add_argument(
        "subject", metavar="PRESET|SESSION|TABLE.csv", help="a preset or plan file, a session, or a CSV file"
    )
    audit.add_argument("--json", action="store_true", help="print JSON")
    table = audit.add_argument_group("CSV tables")
    for option, words in (
        ("users", "number of users"),
        ("rate", "requests per second"),
        ("latency", "mean latency"),
        ("target", "name of what was measured"),
    ):
        table.add_argument(
            f"--{option}-column", metavar="NAME", help=f"column of the {words} (default: guessed)"
        )
    table.add_argument(
        "--latency-unit", choices=("us", "ms", "s"), help="unit of latencies (default: guessed, else ms)"
    )
    table.add_argument("--think-time", metavar="TIME", help="think time of the users, for example 1s or none")
    audit.set_defaults(run=audit_figures)


def audit_figures(arguments: argparse.Namespace) -> int:
    """`abreast audit`; 1 if something does not add up."""
    from engine.answers.audit import audit

    table = _table(arguments)
    findings = audit(table)
    checked = len(table.rows) + len(table.averages) + len(table.claims)
    if arguments.json:
        _print_json(arguments.subject, table, findings)
    elif not checked:
        out(f"{arguments.subject}: nothing to audit: no figures and no claims at a level of users")
    elif not findings:
        out(f"{arguments.subject}: {_counted(table)}: everything adds up")
    else:
        wrong = "1 does not add up" if len(findings) == 1 else f"{len(findings)} do not add up"
        out(f"{arguments.subject}: {_counted(table)}: {wrong}")
        out("\n".join(_lines(findings)))
    if table.notes and not arguments.json:
        out("\n".join(["", *(f"note: {note}" for note in table.notes)]))
    return ExitCode.THRESHOLD if findings else ExitCode.DONE


def _counted(table: "AuditTable") -> str:
    parts = [
        f"{count} {one if count == 1 else many}"
        for count, one, many in (
            (len(table.rows), "row", "rows"),
            (len(table.averages), "average", "averages"),
            (len(table.claims), "claim", "claims"),
        )
        if count
    ]
    return f"{', '.join(parts)} checked"


def _lines(findings: "list[Finding]") -> list[str]:
    """The findings by rule."""
    lines: list[str] = []
    rule = ""
    for each in findings:
        if each.rule != rule:
            rule = each.rule
            lines += ["", rule]
        lines += [f"  {each.row}", f"    {each.figures}", f"    {each.off}"]
    return lines


def _print_json(subject: str, table: "AuditTable", findings: "list[Finding]") -> None:
    document = {
        "schema": "abreast/audit@1",
        "subject": subject,
        "rows": len(table.rows),
        "averages": len(table.averages),
        "claims": len(table.claims),
        "notes": list(table.notes),
        "findings": [asdict(each) for each in findings],
    }
    out_document(document)


# ---------------------------------------------------------------- where figures are from


def _table(arguments: argparse.Namespace) -> "AuditTable":
    """The figures that a word names. Raises UsageError."""
    import presets
    from engine.answers.audit_table import table_of_plan, table_of_result

    subject = arguments.subject
    if subject.lower().endswith((".csv", ".tsv")):
        return _csv_table(arguments)
    _refuse_csv_options(arguments)
    if subject in presets.names() or subject.endswith(".toml"):
        return table_of_plan(presets.load(subject))
    from engine.export.loaded import load
    from engine.recording import archive

    try:
        journal = archive.find(subject)
    except UsageError as error:
        raise UsageError(
            error.what,
            why=error.why,
            hint=f"or name a preset ({', '.join(presets.names())}), or a file that ends in .csv",
        ) from error
    return table_of_result(load(journal).result)


def _csv_table(arguments: argparse.Namespace) -> "AuditTable":
    from engine.answers.csv_rows import MAX_BYTES, table_of_csv
    from engine.machine.files import UnreadableError, read_plan_file
    from engine.plan.values import parse_think_time

    path = Path(arguments.subject)
    try:
        text = read_plan_file(path, MAX_BYTES).decode("utf-8-sig", errors="replace")
    except UnreadableError as error:
        raise UsageError(f"cannot read {path}", why=str(error), hint="give the path of a CSV file") from error
    try:
        think_time = parse_think_time(arguments.think_time).mean_s if arguments.think_time else None
    except ValueError as error:
        raise UsageError(f"--think-time: {error}") from None
    return table_of_csv(text, _columns(arguments), think_time)


def _columns(arguments: argparse.Namespace) -> "Columns":
    from engine.answers.csv_rows import Column, Columns

    given: dict[Column, str | None] = {
        "users": arguments.users_column,
        "rps": arguments.rate_column,
        "mean": arguments.latency_column,
        "target": arguments.target_column,
    }
    return Columns(
        {name: head for name, head in given.items() if head is not None}, arguments.latency_unit or ""
    )


def _refuse_csv_options(arguments: argparse.Namespace) -> None:
    """Raises UsageError for options of CSV tables with something else."""
    names = ("users_column", "rate_column", "latency_column", "target_column", "latency_unit", "think_time")
    given = next((name for name in names if getattr(arguments, name) is not None), "")
    if given:
        raise UsageError(
            f"--{given.replace('_', '-')} is for CSV tables",
            why=f"{arguments.subject!r} does not end in .csv",
            hint="leave it out: presets and sessions know what their figures are",
        )
