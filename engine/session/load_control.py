"""Controls the load on a session's targets, and sends the workers their orders.

Rules of this file:
- every change is recorded before it is sent, and carries the session time from which it applies, so that all
  workers and a replay compute the same number of users.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import anyio

from engine.hosting.manager import TargetManager
from engine.hosting.target_instance import TargetInstance
from engine.metrics.by_hand import MANUAL
from engine.metrics.event_detail import EventDetail
from engine.metrics.load_unit import load_unit
from engine.metrics.records import ByHand, LoadChanged, StageMoved, Steered
from engine.plan.commands import Notice
from engine.plan.data_files import most_users
from engine.plan.plan import MAX_USERS, Plan, parse_think_time
from engine.plan.render import Rendered
from engine.plan.render import rendered as render_workload
from engine.plan.stages import MAX_RATE
from engine.preflight.reachability import health_path_of
from engine.protocol import messages
from engine.protocol.load_shape import Stage, Steering, ThinkTime
from engine.protocol.next_stage import (
    NextStage,
    moved,
    moved_text,
    next_stage,
    put_off_s,
    with_next_users,
)
from engine.protocol.turns import TurnSchedule
from engine.recording.recorder import Recorder
from engine.session.worker_pool import WorkerPool
from targets.errors import UsageError


class LoadControl:
    """Controls one session's load."""

    def __init__(
        self, plan: Plan, *, worker_pool: WorkerPool, manager: TargetManager, recorder: Recorder
    ) -> None:
        self.steerings: dict[str, Steering] = {}
        """By target, for those that take load now or did before."""
        self.workload = plan.workload
        self.think_time: ThinkTime = plan.pace_of(plan.workload)
        """For every target without its own think time."""
        self._custom_think_times: dict[str, ThinkTime] = {}
        self.changing = anyio.Lock()
        """Held while a command is carried out, a target gets or loses users in the background, or users are
        dealt anew. Taken before `WorkerPool.dealing`, and never waited for by what holds that."""
        self.is_duel = False
        """Users of a duel do not think."""
        self._still_to_send: dict[str, tuple[messages.Template, ...]] = {}
        """By target: the requests that the order that starts its load must carry; none if they were sent
        ahead."""
        self._plan = plan
        self._worker_pool = worker_pool
        self._manager = manager
        self._recorder = recorder

    async def send_ahead(self, instance: TargetInstance) -> None:
        """Sends a ready target's requests ahead of the order that starts its load, if there are many."""
        name = instance.choice.name
        self._still_to_send[name] = await self._worker_pool.send_ahead(
            name, self.rendered(instance).templates
        )

    async def add_load(self, instance: TargetInstance, steering: Steering) -> None:
        """Starts as many users on a ready target as `steering` sets."""
        self._write_steering(instance.choice.name, steering, self._recorder.now_s())
        await self._send_load(instance, steering)

    async def reload(self, worker: int | None = None) -> None:
        """Sends a worker that replaced another its share of all users; if None, each worker its own."""
        for name, instance in list(self._manager.instances.items()):
            if instance.takes_load and name in self.steerings:
                await self._send_load(instance, self.steerings[name], worker)

    async def _send_load(
        self, instance: TargetInstance, steering: Steering, worker: int | None = None
    ) -> None:
        name, address = instance.choice.name, instance.running.address
        sent = self.rendered(instance)
        templates = self._still_to_send.pop(name, sent.templates)
        await self._worker_pool.send(
            messages.AddTarget(
                target=name,
                host=address.host,
                port=address.port,
                ips=instance.ips,
                proxy_port=instance.delay_proxy.port if instance.delay_proxy else 0,
                tls=instance.tls,
                templates=templates,
                journey=sent.journey,
                open_model=self._plan.open_model,
                client=self._plan.client,
                http2=self._plan.http2,
                think_time=self._think_time_of(name),
                steering=steering,
                health_probe=health_path_of(instance.choice, address.url),
                timeout_s=self._plan.timeout,
            ),
            worker,
        )
        if not instance.takes_load:  # it has ended meanwhile: a worker may have heard of that first
            await self.drop_load(name, grace_s=0.0)

    async def drop_load(self, name: str, grace_s: float) -> None:
        """Ends a target's users; requests in flight get `grace_s` seconds to finish."""
        await self._worker_pool.send(messages.RemoveTarget(name, grace_s))

    def users_wanted(self) -> dict[str, int]:
        """By target: how many users, or arrivals a second, are asked for now."""
        now_s = self._recorder.now_s()
        return {name: self.steerings[name].users(now_s) for name in self._taking_load()}

    def forget(self, name: str) -> None:
        """Forgets a target that was removed."""
        self.steerings.pop(name, None)
        self._custom_think_times.pop(name, None)

    async def steer(self, target: str | None, users_from: Callable[[int], int]) -> None:
        """Sets users manually: `users_from` computes the new number from the current one. Raises UsageError
        if no such target takes load."""
        names = self._steerable(target)
        await self._hold_turns(names)
        most, changes = self._most_users(), dict[tuple[int, int], list[str]]()
        for name in names:
            now_s = self._recorder.now_s()
            before = self.steerings[name].users(now_s)
            asked = max(0, users_from(before))
            users = min(asked, most)
            if asked > most and most < MAX_USERS:
                why = "each has a row of a data file to itself"
                self._recorder.notices.append(Notice("warning", f"at most {most} users", why))
            await self._set_steering(name, self.steerings[name].set_users(users, now_s), now_s)
            changes.setdefault((before, users), []).append(name)
        what = load_unit(is_open=self._plan.model == "open")
        for (before, users), changed in changes.items():
            by_hand = ByHand(what, before, users)
            for who in [""] if len(changed) == len(names) > 1 else changed:
                self._recorder.event("users", who, f"{what} {before} → {users}{MANUAL}", by_hand)

    def _most_users(self) -> int:
        """The most users, or arrivals a second, that can be set by hand."""
        most = None if self._plan.model == "open" else most_users(self._plan)
        return MAX_USERS if most is None else min(most, MAX_USERS)

    async def hold(self, name: str, users: int) -> None:
        """Holds this many users, or arrivals per second, on a target from now on, in place of its stages."""
        now_s = self._recorder.now_s()
        await self._set_steering(name, Steering((Stage(users, 0.0),), now_s), now_s)

    async def hand_back(self, target: str | None) -> None:
        """Returns control of the users to the plan's stages. Raises UsageError as `steer` does."""
        names = self._steerable(target)
        for name in names:
            now_s = self._recorder.now_s()
            await self._set_steering(name, self.steerings[name].hand_back(now_s), now_s)
        await self._release_turns(names)
        self._recorder.event("users", target or "", "under the plan's control again", ByHand())

    def following(self) -> dict[str, Steering]:
        """The steerings of the targets whose load shape has started and not yet ended."""
        now_s = self._recorder.now_s()
        return {
            name: self.steerings[name]
            for name in self._taking_load()
            if self.steerings[name].has_started(now_s) and not self.steerings[name].is_done(now_s)
        }

    async def bring_forward(self, names: list[str], by_s: float) -> None:
        """Moves the load shapes of these targets, and of those whose turn comes later, forward by `by_s`."""
        for name in (*names, *self._turns_to_come(names)):
            now_s = self._recorder.now_s()
            moved = self.steerings[name].moved_to(self.steerings[name].began_s - by_s)
            await self._set_steering(name, moved, now_s)

    async def move_next_stage(self, by_s: float) -> None:
        """Moves the next stage of all targets that follow their stages, in a `solo` schedule of the one whose
        turn it is. Raises UsageError where there is none to move."""
        now_s = self._recorder.now_s()
        names = list(self._with_next_stage(now_s, later=by_s > 0))
        changed = {name: moved(self.steerings[name], by_s, now_s) for name in names}
        # Targets that joined at another time differ in it: the session is long enough for each of them.
        changed_s = max(put_off_s(self.steerings[name], after) for name, after in changed.items())
        for name in self._turns_to_come(names):
            turn = self.steerings[name]
            changed[name] = turn.moved_to(turn.began_s + changed_s)
        self._recorder.record(StageMoved(now_s, changed_s))
        text = moved_text(changed_s, is_now=math.isinf(by_s))
        self._recorder.event("stage", "", text, ByHand(), EventDetail("moved"))
        await self._set_steerings(changed, now_s)

    async def change_next_users(self, by: int) -> None:
        """Changes the users of that stage. Raises UsageError as `move_next_stage` does."""
        is_open = self._plan.model == "open"
        unit, most = load_unit(is_open=is_open), MAX_RATE if is_open else self._most_users()
        now_s, changed, texts = self._recorder.now_s(), dict[str, Steering](), set[str]()
        for name, following in self._with_next_stage(now_s).items():
            users = min(max(0, following.users + by), most)
            changed[name] = with_next_users(self.steerings[name], users, now_s)
            texts.add(f"next stage: {following.users} → {users} {unit}")
        self._recorder.record(StageMoved(now_s, 0.0))
        for text in sorted(texts):
            self._recorder.event("stage", "", f"{text}{MANUAL}", ByHand(), EventDetail("moved"))
        await self._set_steerings(changed, now_s)

    def _with_next_stage(self, now_s: float, *, later: bool = False) -> dict[str, NextStage]:
        """The targets whose next stage can be moved, and that stage."""
        found: dict[str, NextStage] = {}
        why = "no stage sets the load now"
        for name, steering in self.following().items():
            if steering.held_at_s is not None:
                continue
            following = next_stage(steering, now_s)
            if following is None:
                why = "this is the last stage"
            elif steering.shape_s(now_s) < self._plan.warm_up_s:
                why = "the warm-up is not over"
            elif later and following.follows_ramp:
                why = "it follows a ramp, which cannot be made longer"
            else:
                found[name] = following
        if not found:
            raise UsageError("the next stage cannot be moved", why=why)
        return found

    async def take_turns(self, names: Sequence[str], turns: TurnSchedule) -> None:
        """Gives targets turns, in this order of their numbers."""
        for turn, name in enumerate(names):
            now_s = self._recorder.now_s()
            steering = replace(self.steerings[name], turns=turns, turn=turn)
            await self._set_steering(name, steering, now_s)

    async def pause(self, target: str | None) -> None:
        """Pauses users once they have finished their request. Raises UsageError as `steer` does."""
        names = self._steerable(target)
        await self._hold_turns(names)
        for name in names:
            now_s = self._recorder.now_s()
            await self._set_steering(name, self.steerings[name].pause(now_s), now_s)
        self._recorder.event("pause", target or "", "paused", ByHand(), EventDetail("paused"))

    async def resume(self, target: str | None) -> None:
        """Ends a pause. Raises UsageError as `steer` does."""
        names = self._steerable(target)
        for name in names:
            now_s = self._recorder.now_s()
            await self._set_steering(name, self.steerings[name].resume(now_s), now_s)
        await self._release_turns(names)
        self._recorder.event("pause", target or "", "resumed", ByHand(), EventDetail("resumed"))

    async def begin_duel(self, users: int) -> None:
        """Gives every target that takes load this many users, which do not think; the stages wait."""
        self.is_duel = True
        for name in self._taking_load():
            now_s = self._recorder.now_s()
            await self._set_steering(name, self.steerings[name].begin_duel(users, now_s), now_s)
            await self._worker_pool.send(messages.SetThinkTime(name, self._think_time_of(name)))

    async def end_duel(self) -> None:
        """Gives all targets the users and think times back that they had before the duel."""
        self.is_duel = False
        taking_load = self._taking_load()
        for name in self.steerings:
            if name not in taking_load:  # it is being started, and will have its own users again
                now_s = self._recorder.now_s()
                self._write_steering(name, self.steerings[name].end_duel(now_s), now_s)
        for name in taking_load:
            if name not in self.steerings:  # it was removed meanwhile
                continue
            now_s = self._recorder.now_s()
            await self._set_steering(name, self.steerings[name].end_duel(now_s), now_s)
            await self._worker_pool.send(messages.SetThinkTime(name, self._think_time_of(name)))

    def _think_time_of(self, name: str) -> ThinkTime:
        return ThinkTime() if self.is_duel else self._custom_think_times.get(name, self.think_time)

    async def _hold_turns(self, names: list[str]) -> None:
        """In a `solo` schedule, makes later targets wait for their turn while one is steered manually or
        paused."""
        for name in self._turns_to_come(names):
            now_s = self._recorder.now_s()
            if not self.steerings[name].paused:
                await self._set_steering(name, self.steerings[name].pause(now_s), now_s)

    async def _release_turns(self, names: list[str]) -> None:
        for name in self._turns_to_come(names):
            now_s = self._recorder.now_s()
            await self._set_steering(name, self.steerings[name].resume(now_s), now_s)

    def _turns_to_come(self, names: list[str]) -> list[str]:
        now_s = self._recorder.now_s()
        taking_load = self._taking_load() if self._plan.schedule == "solo" else []
        return [
            name for name in taking_load if name not in names and not self.steerings[name].has_started(now_s)
        ]

    async def set_think_time(self, target: str | None, text: str) -> None:
        """Sets the think time from now on. Raises UsageError if it is invalid, or as `steer` does."""
        try:
            think_time = parse_think_time(text)
        except ValueError as error:
            raise UsageError("invalid think time", why=str(error), hint=str(error)) from error
        for name in self.steered(target):
            await self._worker_pool.send(messages.SetThinkTime(name, think_time))
        if target is None:
            self.think_time = think_time
            self._custom_think_times.clear()
        else:
            self._custom_think_times[target] = think_time
        self._write_load(target, think_time)
        self._recorder.event("think", target or "", f"think time {think_time}", ByHand())

    def steered(self, target: str | None) -> list[str]:
        """The targets that a command applies to and that take load. Raises UsageError if there is none."""
        names = self._taking_load()
        wanted = names if target is None else [name for name in names if name == target]
        if not wanted:
            label = self._recorder.timeline.label_of(target) if target else ""
            what = f"{label} cannot take load now" if label else "no target can take load now"
            raise UsageError(what, why="it is not ready", hint="select it; r starts it again")
        return wanted

    def _steerable(self, target: str | None) -> list[str]:
        """Like `steered`; in a `solo` schedule without a named target, only the target whose turn it is."""
        names = self.steered(target)
        if target is not None or self._plan.schedule != "solo":
            return names
        now_s = self._recorder.now_s()
        at_turn = [
            name
            for name in names
            if self.steerings[name].has_started(now_s) and not self.steerings[name].is_done(now_s)
        ]
        if not at_turn:
            raise UsageError("no target is under load now", why="one turn has ended, the next begins soon")
        return at_turn

    def _taking_load(self) -> list[str]:
        return [
            name
            for name, instance in self._manager.instances.items()
            if instance.takes_load and name in self.steerings
        ]

    async def _set_steering(self, name: str, steering: Steering, now_s: float) -> None:
        self._write_steering(name, steering, now_s)
        await self._worker_pool.send(messages.Steer(name, steering, now_s))

    async def _set_steerings(self, changed: Mapping[str, Steering], now_s: float) -> None:
        """Changes several targets at the same moment: nothing comes between their records."""
        for name, steering in changed.items():
            self._write_steering(name, steering, now_s)
        for name, steering in changed.items():
            if self.steerings.get(name) is steering:  # else it was removed, or steered again, meanwhile
                await self._worker_pool.send(messages.Steer(name, steering, now_s))

    def _write_steering(self, name: str, steering: Steering, now_s: float) -> None:
        self.steerings[name] = steering
        self._recorder.record(Steered(now_s, name, steering))

    def _write_load(self, target: str | None, think_time: ThinkTime) -> None:
        now_s = self._recorder.now_s()
        self._recorder.record(
            LoadChanged(now_s, target or "", self.workload, str(think_time), think_time.mean_s)
        )

    def rendered(self, instance: TargetInstance) -> Rendered:
        """The requests of the current workload, as they are sent to this target."""
        url = instance.running.address.url
        return render_workload(self._plan, self.workload, url, instance.setup_values)

    async def set_workload(self, workload: str) -> None:
        """Switches all targets that take load to another workload, from now on."""
        pace = self._plan.pace_of(workload)
        changes_pace = self.think_time == self._plan.pace_of(self.workload) != pace
        self.workload = workload
        self.think_time = pace if changes_pace else self.think_time
        orders: list[messages.SetWorkload | messages.SetThinkTime] = []
        for name in self._taking_load():
            sent = self.rendered(self._manager.instances[name])
            left = await self._worker_pool.send_ahead(name, sent.templates)
            orders.append(messages.SetWorkload(name, left, sent.journey))
            if changes_pace:
                orders.append(messages.SetThinkTime(name, self._think_time_of(name)))
        for order in orders:
            await self._worker_pool.send(order)
        self._write_load(None, self.think_time)
        self._recorder.event("workload", "", f"workload {workload}", ByHand())
