"""The requests ledger: whatever was started has ended, or is in flight."""

from engine.protocol.messages import Sample


def assert_ledger(samples: list[Sample]) -> None:
    """started = ok + failed + cancelled + in flight, of all ticks up to each."""
    started = ended = 0
    for sample in samples:
        started += sample.started
        ended += sample.cancelled
        for tally in sample.requests.values():
            ended += sum(tally.ok.counts.values()) + sum(tally.failed.counts.values())
            assert sum(tally.failed.counts.values()) == sum(tally.errors.values())
        assert started == ended + sample.in_flight
