"""Verdicts as a section of a report. Plain text in one line each, not escaped. Pure."""

from engine.answers.verdicts.wording import NAMES, SIGNS, notes, outcome_text, ratio_text
from engine.export.loaded import LoadedSession
from engine.export.tables import Row, Table
from engine.metrics import formatting
from engine.metrics.palette import marker, slot_style
from engine.metrics.sentences import capitalized
from targets.plain_text import one_line


def verdict_table(session: LoadedSession) -> Table | None:
    """A row for each metric of each target; None without rounds."""
    slots = {target.name: target.slot for target in session.result.targets}
    rows = tuple(
        Row(
            (
                one_line(each.target_label),
                NAMES[each.metric],
                ratio_text(each.ratio, each.interval) or formatting.MISSING,
                f"{SIGNS[each.outcome]} {one_line(outcome_text(each))}",
                f"{formatting.count(each.rounds)} of {each.pairing}" if each.rounds else "",
            ),
            slot_style(slots.get(each.target, 0)),
            marker(slots.get(each.target, 0)),
        )
        for each in session.verdicts
    )
    return Table(("target", "metric", "ratio", "verdict", "rounds"), rows, texts=5) if rows else None


def verdicts_note(session: LoadedSession) -> str:
    """Against which target, and what the verdicts rest on."""
    if not session.verdicts:
        return ""
    baseline = one_line(session.verdicts[0].baseline_label)
    lines = notes(session.verdicts, session.result.noise_floor)
    basis = "".join(f" {capitalized(line)}." for line in lines)
    return (
        f"Ratios are multiples of {baseline}, with 95 % intervals that hold at every "
        f"look.{basis} docs/verdicts.md has the rules."
    )
