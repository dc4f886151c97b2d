"""Commands that print and exit: lists, this machine. Imports lazily."""

import argparse
from dataclasses import asdict
from typing import Any

from targets.exit_codes import ExitCode
from targets.plain_text import hanging, one_line
from tui.cli.console import out, out_document, say


def list_targets(arguments: argparse.Namespace) -> int:
    """`abreast targets`, or one target's command."""
    from tui.cli import target_list

    if arguments.json:
        out_document(target_list.start_commands(arguments.name) if arguments.name else target_list.rows())
    else:
        out(target_list.script(arguments.name) if arguments.name else target_list.listing())
    return ExitCode.DONE


def print_rows(rows: list[dict[str, Any]], as_json: bool) -> None:
    """Prints rows as a table or as JSON; columns that are empty everywhere are left out of the table."""
    if as_json:
        out_document(rows)
        return
    if not rows:
        return
    names = [name for name in rows[0] if any(row[name] != "" for row in rows)]
    texts = [names, *([_text(row[name]) for name in names] for row in rows)]
    widths = [max(len(row[at]) for row in texts) for at in range(len(texts[0]))]
    for row in texts:
        out("  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip())


def _text(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(map(_text, value))
    return f"{value:g}" if isinstance(value, float) else one_line(str(value))


def _calibrate() -> None:
    import anyio

    from engine.calibration import calibrate
    from engine.machine import ceiling

    say("measuring the load workers against a server that does no work…")
    ceiling.save(anyio.run(calibrate.calibrate))


def _measure_noise() -> None:
    import anyio

    from engine.calibration import noise
    from engine.session import noise_floor_file

    noise_floor_file.save(anyio.run(noise.measure, say))


def doctor(arguments: argparse.Namespace) -> int:
    """`abreast doctor`; 1 if something is wrong."""
    if arguments.calibrate:
        _calibrate()
    if arguments.noise:
        _measure_noise()
    from tui.cli.doctor import document, findings

    found = findings(arguments.known_variables())
    if arguments.json:
        out_document(document(found))
    for finding in () if arguments.json else found:
        out(hanging(f"{finding.mark}  {finding.text}"))
        if finding.hint:
            out(hanging(f"     {finding.hint}"))
    return ExitCode.DONE if all(finding.good for finding in found) else ExitCode.THRESHOLD


def clean(arguments: argparse.Namespace) -> int:
    """`abreast clean`."""
    from engine.hosting import cleanup

    if arguments.database:
        cleanup.check_server(arguments.database)
    ended = cleanup.clean()
    dropped = [*cleanup.drop_databases(arguments.database or ""), *cleanup.clean_images()]
    if arguments.json:
        rows = [{"session": session, **asdict(cleaned)} for session, cleaned in ended.items()]
        out_document({"schema": "abreast/clean@1", "sessions": rows, "also": dropped})
        return ExitCode.DONE
    if not ended and not dropped:
        out("nothing was left behind")
    for line in dropped:
        out(hanging(line))
    for session, cleaned in ended.items():
        out(hanging(f"{session}: {cleaned}"))
    return ExitCode.DONE
