"""Commands that print and exit: lists, this machine. Imports lazily."""

import argparse
from typing import Any

from targets.plain_text import hanging, one_line
from tui.cli.console import out, out_json, say


def list_targets(arguments: argparse.Namespace) -> int:
    """`abreast targets`, or one target's command."""
    from tui.cli import target_list

    if arguments.json:
        _print_json(target_list.start_commands(arguments.name) if arguments.name else target_list.rows())
    else:
        out(target_list.script(arguments.name) if arguments.name else target_list.listing())
    return 0


def print_rows(rows: list[dict[str, Any]], as_json: bool) -> None:
    """Prints rows as a table or as JSON; columns that are empty everywhere are left out of the table."""
    if as_json:
        _print_json(rows)
        return
    if not rows:
        return
    names = [name for name in rows[0] if any(row[name] != "" for row in rows)]
    texts = [names, *([_text(row[name]) for name in names] for row in rows)]
    widths = [max(len(row[at]) for row in texts) for at in range(len(texts[0]))]
    for row in texts:
        out("  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip())


def _print_json(value: object) -> None:
    import orjson

    out_json(orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))


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
    from tui.cli.doctor import findings

    found = findings()
    for finding in found:
        out(hanging(f"{finding.mark}  {finding.text}"))
        if finding.hint:
            out(hanging(f"     {finding.hint}"))
    return 0 if all(finding.good for finding in found) else 1


def clean(arguments: argparse.Namespace) -> int:
    """`abreast clean`."""
    from engine.hosting import cleanup

    ended = cleanup.clean()
    dropped = [*cleanup.drop_databases(arguments.database or ""), *cleanup.clean_images()]
    if not ended and not dropped:
        out("nothing was left behind")
    for line in dropped:
        out(hanging(line))
    for session, cleaned in ended.items():
        out(hanging(f"{session}: {cleaned}"))
    return 0
