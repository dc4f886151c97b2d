"""Profiles targets while they run: samples them, marks the seconds, and measures what that cost.

Rules of this file:
- one profile at a time; it is recorded when it begins, and again with what was found;
- the seconds in which targets are sampled count for no summary, and the light is amber meanwhile;
- a target that cannot be sampled is recorded with the reason, and the run goes on;
- a plan that is over waits for a profile that is being made: on a busy machine py-spy is slow to start;
- once a session is asked to end, sampling stops at once.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import anyio
import anyio.to_thread
from anyio.abc import TaskGroup

from engine.answers.profile.collapsed import profile_of
from engine.answers.profile.figures import figures_of
from engine.hosting import sampler
from engine.hosting.manager import TargetManager
from engine.hosting.target_instance import TargetInstance
from engine.metrics.outages import SAMPLED
from engine.metrics.profiles import ProfileBegan, Profiled, TargetProfile
from engine.metrics.records import Bucket
from engine.plan.commands import Notice
from engine.plan.plan import Plan
from engine.plan.profiling import MOST_S, default_start_s
from engine.protocol.load_shape import Steering
from engine.recording.recorder import Recorder
from targets.errors import AbreastError, UsageError
from targets.runtime import NO_READING


@dataclass(slots=True)
class _Profile:
    """A profile that is being made."""

    instances: tuple[TargetInstance, ...]
    seconds: int
    rate_hz: int
    began_s: float
    until_s: float = 0.0
    found: tuple[TargetProfile, ...] = ()
    """What was found; empty until sampling is over."""


class Profiler:
    """Profiles the targets of one session, in a task group that belongs to the caller."""

    def __init__(
        self,
        plan: Plan,
        *,
        manager: TargetManager,
        recorder: Recorder,
        group: TaskGroup,
        cores: Sequence[int],
        folder: Path,
        session_id: str,
    ) -> None:
        """py-spy runs on `cores`; without any, on all."""
        self._cores = cores
        self._plan = plan
        self._manager = manager
        self._recorder = recorder
        self._group = group
        self._folder = folder
        self._session_id = session_id
        self._scope = anyio.CancelScope()
        self._profile: _Profile | None = None
        self._done: set[str] = set()
        """The targets that the plan's profile has begun for."""

    @property
    def is_busy(self) -> bool:
        """Whether a profile is being made: a plan's session goes on until it is ready."""
        return self._profile is not None

    # ------------------------------------------------------------ beginning

    def start(self, names: Iterable[str], seconds: int) -> None:
        """Begins to sample these targets, and returns at once. Raises UsageError if none of them can be
        sampled now."""
        if self._profile is not None:
            raise UsageError("targets are being sampled already", hint="wait until the profile is ready")
        if not 1 <= seconds <= MOST_S:
            raise UsageError(f"a profile takes 1 to {MOST_S} s, not {seconds} s")
        instances = tuple(
            instance
            for name in names
            if (instance := self._manager.instances.get(name)) is not None and instance.state == "ready"
        )
        if not instances:
            raise UsageError("no target can be profiled now", why="none is ready", hint="r starts it again")
        now_s = self._recorder.now_s()
        readings = self._manager.readings
        rate_hz = sampler.rate_for(readings.get(each.name, NO_READING) for each in instances)
        self._profile = profile = _Profile(instances, seconds, rate_hz, now_s)
        self._recorder.record(ProfileBegan(now_s, seconds, tuple(each.name for each in instances)))
        whose = self._recorder.timeline.labels_of(each.name for each in instances)
        self._recorder.event("profile", "", f"py-spy samples {whose} for {seconds} s")
        self._group.start_soon(self._carry_out, profile)

    def look(self, steerings: Mapping[str, Steering]) -> None:
        """Begins the plan's profile when it is due, and records one whose seconds have been closed."""
        self._record_if_closed()
        if self._plan.profile is None or self._profile is not None:
            return
        due = [name for name, steering in steerings.items() if self._is_due(name, steering)]
        if due:
            self._done.update(due)
            try:
                self.start(due, round(self._plan.profile))
            except UsageError as error:
                self._recorder.event("left-out", "", f"no profile: {error.what}")

    def _is_due(self, name: str, steering: Steering) -> bool:
        assert self._plan.profile is not None
        at_s = self._plan.profile_at
        starts_s = default_start_s(self._plan.profile) if at_s is None else at_s
        now_s = self._recorder.now_s()
        shape_s = steering.shape_s(now_s) - self._plan.warm_up_s
        return name not in self._done and shape_s >= starts_s and not steering.is_done(now_s)

    def close(self) -> None:
        """Stops sampling, because the session ends; what was found already is recorded."""
        self._scope.cancel()
        if self._profile is not None and self._profile.found:
            self._record(self._profile)
        elif self._profile is not None:
            self._recorder.event("profile", "", "no profile: the session ended while targets were sampled")
        self._profile = None

    # ------------------------------------------------------------ carrying out

    async def _carry_out(self, profile: _Profile) -> None:
        found: dict[str, TargetProfile] = {}
        with self._scope:
            pids = await self._pids(profile, found)
            if pids:
                await self._sample_all(profile, pids, found)
        if self._scope.cancel_called:
            return
        profile.until_s = self._recorder.now_s()
        profile.found = tuple(found[instance.name] for instance in profile.instances)

    async def _pids(self, profile: _Profile, found: dict[str, TargetProfile]) -> dict[str, int]:
        """The process id of each target that can be looked into; why the others cannot goes to `found`."""
        pids: dict[str, int] = {}
        for instance in profile.instances:
            try:
                pids[instance.name] = await instance.running.server_pid()
                sampler.check_installed()
            except AbreastError as error:
                pids.pop(instance.name, None)
                found[instance.name] = self._not_sampled(instance.name, error)
        return pids

    async def _sample_all(
        self, profile: _Profile, pids: Mapping[str, int], found: dict[str, TargetProfile]
    ) -> None:
        """Samples these targets at the same time; no summary includes these seconds."""
        outage = self._recorder.outages.begin(SAMPLED, self._recorder.now_s())
        try:
            async with anyio.create_task_group() as group:
                for instance in profile.instances:
                    if instance.name in pids:
                        group.start_soon(self._sample, instance, pids[instance.name], profile, found)
        finally:
            outage.end(self._recorder.now_s())

    async def _sample(
        self, instance: TargetInstance, pid: int, profile: _Profile, found: dict[str, TargetProfile]
    ) -> None:
        name = instance.name
        try:
            samples = await sampler.sample(
                self._label_of(name),
                pid,
                seconds=profile.seconds,
                rate_hz=profile.rate_hz,
                cores=self._cores,
                folder=self._folder,
                session_id=self._session_id,
            )
        except AbreastError as error:
            found[name] = self._not_sampled(name, error)
            return
        parse = partial(
            profile_of,
            name,
            samples.text,
            looks=samples.looks,
            errors=samples.errors,
            own_folders=self._own_folders(instance),
        )
        found[name] = await anyio.to_thread.run_sync(parse)

    def _not_sampled(self, name: str, error: AbreastError) -> TargetProfile:
        """Reports why a target could not be sampled, and what to allow."""
        why, hint = error.why or error.what, error.hint
        self._recorder.event("left-out", name, f"no profile: {why}{f'; {hint}' if hint else ''}")
        title = f"{self._label_of(name)} cannot be profiled"
        self._recorder.notices.append(Notice("warning", title, f"{why}: {hint}" if hint else why))
        return TargetProfile(name, trouble=why, hint=hint)

    def _own_folders(self, instance: TargetInstance) -> Sequence[str]:
        """Folders by which a target's own files are named, the innermost first."""
        launch = instance.deployment.launch_on_site()
        folders = {str(folder) for folder in (launch.cwd, self._plan.folder) if folder}
        return sorted(folders, key=len, reverse=True)

    # ------------------------------------------------------------ recording

    def _record_if_closed(self) -> None:
        profile = self._profile
        if profile is None or not profile.found:
            return
        newest = max(
            (
                target.buckets[-1].second
                for target in self._recorder.timeline.targets.values()
                if target.buckets
            ),
            default=-1,
        )
        if newest >= math.floor(profile.until_s):
            self._record(profile)
            self._profile = None

    def _record(self, profile: _Profile) -> None:
        targets = tuple(self._with_cost(each, profile) for each in profile.found)
        self._recorder.record(Profiled(profile.began_s, profile.until_s, profile.rate_hz, targets))
        for each in targets:
            if not each.trouble:
                busy = figures_of(each)
                text = f"{busy.samples} samples, Python code on {100 * busy.busy:.0f} % of a core"
                self._recorder.event("profiled", each.target, text)

    def _with_cost(self, found: TargetProfile, profile: _Profile) -> TargetProfile:
        target = self._recorder.timeline.targets.get(found.target)
        if found.trouble or target is None:
            return found
        before, sampled = goodputs(target.buckets, profile.began_s, profile.until_s)
        return replace(found, goodput_before=before, goodput_sampled=sampled)

    def _label_of(self, name: str) -> str:
        return self._recorder.timeline.label_of(name)


def goodputs(buckets: Iterable[Bucket], began_s: float, until_s: float) -> tuple[float | None, float | None]:
    """Goodput per second before and while a target was sampled, over whole seconds with the same number of
    users; there are at most as many before as while. None where there are none."""
    sampled = [each for each in buckets if began_s <= each.second and each.second + 1 <= until_s]
    sampled = [each for each in sampled if not each.is_missing]
    users = {each.users_wanted for each in sampled}
    if len(users) != 1:
        return None, None
    before = [
        each
        for each in buckets
        if each.second + 1 <= began_s and each.is_measured and each.users_wanted in users
    ][-len(sampled) :]
    return _goodput(before), _goodput(sampled)


def _goodput(buckets: Sequence[Bucket]) -> float | None:
    if not buckets:
        return None
    ok = sum(stats.ok.count for each in buckets for stats in each.tick_stats.requests.values())
    return ok / len(buckets)
