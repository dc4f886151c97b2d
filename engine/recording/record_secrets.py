"""Records as they may be written down and shown: without secrets. Pure."""

from dataclasses import replace

from engine.metrics.records import Bucket, Event, Record, TargetAdded, TargetChanged
from engine.protocol.tick_stats import RequestTickStats
from targets.secrets import Masker


def public(record: Record, masker: Masker) -> Record:
    """The record without what the masker knows for a secret, or takes for one."""
    match record:
        case Event():
            return replace(record, text=masker.known(record.text))
        case TargetChanged():
            return replace(record, trouble=masker.known(record.trouble)) if record.trouble else record
        case TargetAdded():
            return replace(
                record,
                command=tuple(masker.known(word) for word in masker.words(record.command)),
                env={name: masker.known(value) for name, value in masker.value(record.env).items()},
                options=masker.value(record.options),
                label=masker.known(record.label),
            )
        case Bucket() if any(tally.examples for tally in record.tick_stats.requests.values()):
            requests = {name: _public(tally, masker) for name, tally in record.tick_stats.requests.items()}
            return replace(record, tick_stats=replace(record.tick_stats, requests=requests))
        case _:
            return record


def _public(tally: RequestTickStats, masker: Masker) -> RequestTickStats:
    return replace(tally, examples={kind: masker.known(text) for kind, text in tally.examples.items()})
