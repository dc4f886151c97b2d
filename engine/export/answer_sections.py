"""What a session answers, as sections of a report: verdicts, claims, hints, reported figures. Pure."""

from collections.abc import Iterator, Sequence

from engine.answers.claims import SIGNS as CLAIM_SIGNS
from engine.answers.claims import figures_text
from engine.answers.hints import Hint
from engine.answers.reported import Answers
from engine.export.capacity_report import capacity_sections
from engine.export.loaded import LoadedSession
from engine.export.tables import Row, Section, Table
from engine.export.verdict_section import verdict_table, verdicts_note
from engine.metrics import formatting
from engine.metrics.palette import marker, slot_style
from engine.metrics.session_result import SessionResult
from engine.plan.quantities import METRICS, UNITS, Metric, dimension_of, shown
from targets.plain_text import one_line


def answer_sections(session: LoadedSession) -> Iterator[Section]:
    """Every section that has rows, in the order in which reports show them."""
    answers = session.answers
    yield from capacity_sections(session.result)
    for name, title, note, table in (
        ("verdicts", "Verdicts", verdicts_note(session), verdict_table(session)),
        ("claims", "Claims of the source", "", claims(answers)),
        ("hints", "Hints", HINTS_NOTE, hints(session.hints, session.result)),
        ("reported", "Reported beside measured", reported_note(answers), reported(answers)),
    ):
        if table is not None:
            yield Section(name, title, table, note)


HINTS_NOTE = "What the figures of the last level suggest; no verdict. docs/hints.md has the rule of each."


def hints(found: Sequence[Hint], result: SessionResult) -> Table | None:
    """What the figures suggest; None if there is nothing."""
    rows = []
    for hint in found:
        target = result.target(hint.target)
        style, sign = (slot_style(target.slot), marker(target.slot)) if target else ("", "")
        rows.append(Row((one_line(target.label) if target else "all", one_line(hint.text)), style, sign))
    return Table(("target", "hint"), tuple(rows), texts=2) if rows else None


def reported(answers: Answers) -> Table | None:
    """Reported figures beside the measured ones, by metric, level and target; None if there are none."""
    order = {metric: at for at, metric in enumerate(METRICS)}
    found = sorted(answers.figures, key=lambda each: (order[each.reported.metric], each.reported.users))
    rows = tuple(
        Row(
            (
                one_line(each.label),
                each.reported.metric,
                formatting.count(each.reported.users),
                _quantity(each.reported.value, each.reported.metric),
                formatting.MISSING
                if each.measured is None
                else _quantity(each.measured.value, each.reported.metric),
                formatting.ratio(each.reported_ratio),
                formatting.ratio(each.measured_ratio),
            ),
            "" if each.slot is None else slot_style(each.slot),
            "" if each.slot is None else marker(each.slot),
        )
        for each in found
    )
    heads = ("target", "metric", "users", "reported", "here", "ratio reported", "ratio here")
    return Table(heads, rows, texts=2) if rows else None


def reported_note(answers: Answers) -> str:
    """What the ratios are of, and what to keep in mind."""
    machine = answers.published.machine if answers.published else ""
    source = f" The source measured on {one_line(machine)}." if machine else ""
    return (
        f"Machines differ, so compare the ratios: multiples of {one_line(answers.base)} at the same level. "
        f"Nothing is tuned to agree.{source}"
    )


def claims(answers: Answers) -> Table | None:
    """What the source claims, and what became of it here; None if there are no claims."""
    rows = tuple(
        Row(
            (
                one_line(each.claim.id),
                one_line(each.claim.text),
                one_line(f"{CLAIM_SIGNS[each.outcome]} {each.text}"),
                one_line(figures_text(each)),
            )
        )
        for each in answers.claims
    )
    return (
        Table(("claim", "what the source says", "outcome", "figures here"), rows, texts=4) if rows else None
    )


def _quantity(value: float, metric: Metric) -> str:
    return shown(value, dimension_of(metric), as_share=UNITS[metric] == "%")
