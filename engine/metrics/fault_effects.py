"""What the faults of a session did to its targets, as records come in. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from engine.metrics.records import Bucket, FaultBegan, FaultEnded
from engine.metrics.recovery import PreFaultBaseline, RecoveryTracker
from engine.metrics.snapshot import Recovery
from engine.metrics.target_snapshot import TAKES_LOAD
from engine.metrics.target_timeline import TargetTimeline


@dataclass(slots=True)
class FaultEffects:
    """The effect of each fault, for each target that it applies to. Mutable."""

    _trackers: list[RecoveryTracker] = field(default_factory=list)
    """In the order in which the faults began."""

    def begin(self, fault: FaultBegan, targets: Mapping[str, TargetTimeline]) -> None:
        """A fault begins: at one target or, if it names none, at all that take load."""
        for name, target in targets.items():
            if fault.target == name or (not fault.target and target.state in TAKES_LOAD):
                self._trackers.append(RecoveryTracker(fault, name, self._before(name, target)))

    def end(self, record: FaultEnded) -> None:
        """A fault has ended; one that could not be injected is as if it had never been."""
        concerned = [tracker for tracker in self._trackers if tracker.fault.number == record.number]
        for tracker in concerned:
            tracker.ended_s = record.t_s
            if record.void:
                self._trackers.remove(tracker)

    def take(self, bucket: Bucket) -> None:
        """Takes in a closed second of a target."""
        for tracker in self._trackers:
            if tracker.target == bucket.tick_stats.target:
                tracker.take(bucket)

    def active_on(self, name: str) -> tuple[str, ...]:
        """The faults that are active on a target."""
        return tuple(
            each.fault.text for each in self._trackers if each.target == name and each.ended_s is None
        )

    def recoveries(self) -> tuple[Recovery, ...]:
        """What every fault did to every target that it applies to."""
        return tuple(tracker.recovery() for tracker in self._trackers)

    def _before(self, name: str, target: TargetTimeline) -> PreFaultBaseline | None:
        """The baseline for a fault that begins at a target now."""
        earlier = [each for each in self._trackers if each.target == name]
        users = target.buckets[-1].users_wanted if target.buckets else 0
        held = (before for each in earlier if (before := each.still_holds(users)) is not None)
        if first := next(held, None):
            return first
        clean_from = max((each.clean_from for each in earlier), default=0.0)
        return PreFaultBaseline.of(bucket for bucket in target.buckets if bucket.second >= clean_from)
