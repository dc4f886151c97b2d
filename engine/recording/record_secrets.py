"""Removes secrets from records before they are written and shown. Pure."""

from collections.abc import Iterable
from dataclasses import replace

from engine.metrics.event_detail import EventDetail
from engine.metrics.records import Bucket, Event, Header, Record, TargetAdded, TargetChanged
from engine.protocol.tick_stats import RequestTickStats
from targets.secrets import Masker


def public(record: Record, masker: Masker) -> Record:
    """Returns the record without anything that the masker knows or assumes to be a secret."""
    match record:
        case Header():
            return replace(record, command_line=_masked(record.command_line, masker))
        case Event():
            return replace(record, text=masker.known(record.text), detail=_detail(record.detail, masker))
        case TargetChanged():
            return replace(record, trouble=masker.known(record.trouble)) if record.trouble else record
        case TargetAdded():
            return replace(
                record,
                command=_masked(record.command, masker),
                env={name: masker.known(value) for name, value in masker.value(record.env).items()},
                options=masker.value(record.options),
                label=masker.known(record.label),
            )
        case Bucket() if any(stats.examples for stats in record.tick_stats.requests.values()):
            requests = {name: _public(stats, masker) for name, stats in record.tick_stats.requests.items()}
            return replace(record, tick_stats=replace(record.tick_stats, requests=requests))
        case _:
            return record


def _detail(detail: EventDetail, masker: Masker) -> EventDetail:
    if not detail.subject and not detail.reason:
        return detail
    subject, reason = masker.known(detail.subject), masker.known(detail.reason)
    return replace(detail, subject=subject, reason=reason)


def _masked(command: Iterable[str], masker: Masker) -> tuple[str, ...]:
    return tuple(masker.known(word) for word in masker.words(command))


def _public(stats: RequestTickStats, masker: Masker) -> RequestTickStats:
    return replace(stats, examples={kind: masker.known(text) for kind, text in stats.examples.items()})
