"""Records as they may be written down and shown: without secrets. Pure."""

from dataclasses import replace

from engine.records import Bucket, Event, Record, TargetAdded, TargetChanged
from engine.stretch import RequestTally
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
            )
        case Bucket() if any(tally.examples for tally in record.stretch.requests.values()):
            requests = {name: _public(tally, masker) for name, tally in record.stretch.requests.items()}
            return replace(record, stretch=replace(record.stretch, requests=requests))
        case _:
            return record


def _public(tally: RequestTally, masker: Masker) -> RequestTally:
    return replace(tally, examples={kind: masker.known(text) for kind, text in tally.examples.items()})
