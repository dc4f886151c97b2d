"""Sends a plan's setup requests to each target before its load, and its teardown requests after it.

Rules of this file:
- load workers have no part in it: nothing of it is counted in any figure; each request is an event;
- a target whose setup was begun gets its teardown, however the session ends, within a time limit; teardown
  raises nothing.
"""

from dataclasses import dataclass
from typing import Final

import anyio

from engine.client.conversation import Answer, Conversation
from engine.client.rows import sources_of
from engine.hosting.target_instance import TargetInstance
from engine.metrics.event_detail import EventKind
from engine.plan.commands import Notice
from engine.plan.once import taken_in
from engine.plan.plan import Plan
from engine.plan.render import rendered_once
from engine.plan.workload import RequestSpec
from engine.recording.recorder import Recorder
from targets.errors import AbreastError, TargetError, UsageError, in_a_line

TEARDOWN_WITHIN_S = 10.0
"""Of all teardown requests to one target together."""

SETUP: Final = "setup"
TEARDOWN: Final = "teardown"
"""Kinds of their events."""


@dataclass(slots=True, eq=False)
class _Begun:
    """A target whose setup was begun."""

    instance: TargetInstance
    requests: Conversation


class OnceRequests:
    """Sends the setup and teardown requests of one session."""

    def __init__(self, plan: Plan, recorder: Recorder) -> None:
        self._plan = plan
        self._recorder = recorder
        self._begun: dict[str, _Begun] = {}
        """By target: those that will get teardown requests."""

    async def set_up(self, instance: TargetInstance) -> None:
        """Sends the setup requests to a ready target, and keeps the values that they take there.

        Raises TargetError if an answer is not as it should be, UsageError if a request cannot be sent.
        """
        plan = self._plan
        if not plan.setup and not plan.teardown:
            return
        rows = sources_of({name: data.table for name, data in plan.rows.items()})
        requests = Conversation(
            instance.address,
            seed=plan.seed,
            timeout_s=plan.timeout,
            rows=rows,
            is_http2=plan.http2 is not None,
        )
        self._begun[instance.name] = _Begun(instance, requests)
        for spec in plan.setup:
            template = rendered_once(plan, spec, instance.running.address.url, requests.taken)
            answer, fault = await requests.send_checked(template)
            self._recorder.hide({f"setup.{name}": value for name, value in requests.taken.items()})
            self._tell(SETUP, instance, spec, answer, fault)
            if fault:
                label = self._recorder.timeline.label_of(instance.name)
                raise TargetError(
                    f"the setup of {label} failed: {spec.title}",
                    why=fault,
                    hint="no load was sent to it; correct the [[setup]] request, or the server",
                )
        requests.close()  # nothing keeps it open until the teardown
        instance.setup_values = dict(requests.taken)

    async def set_up_later(self, instance: TargetInstance) -> bool:
        """The same for a target that joins while others have load; returns whether it is set up. If not, a
        notice says why, and it gets no load."""
        try:
            await self.set_up(instance)
        except AbreastError as error:
            self._recorder.event("trouble", instance.name, in_a_line(error))
            self._recorder.notices.append(Notice("error", error.what, error.why))
            return False
        return True

    async def tear_down_all(self) -> None:
        """Sends the teardown requests to all targets at the same time; raises nothing, and takes at most
        TEARDOWN_WITHIN_S."""
        async with anyio.create_task_group() as group:
            group.cancel_scope.shield = True
            for begun in list(self._begun.values()):
                group.start_soon(self.tear_down, begun.instance)

    async def tear_down(self, instance: TargetInstance) -> None:
        """Sends the teardown requests to one target, if its setup was begun, once."""
        begun = self._begun.pop(instance.name, None)
        if begun is None:
            return
        try:
            with anyio.move_on_after(TEARDOWN_WITHIN_S, shield=True) as limit:
                for spec in self._plan.teardown:
                    await self._send_last(begun, spec)
            if limit.cancelled_caught:
                late = f"not all requests were answered within {TEARDOWN_WITHIN_S:g} s"
                self._recorder.event(TEARDOWN, instance.name, late)
        finally:
            begun.requests.close()

    async def _send_last(self, begun: _Begun, spec: RequestSpec) -> None:
        instance, requests = begun.instance, begun.requests
        try:
            template = rendered_once(self._plan, spec, instance.running.address.url, requests.taken)
        except UsageError as error:
            missing = [name for name in taken_in(self._plan.setup) if name not in requests.taken]
            why = f"setup took no value for {', '.join(missing)}" if missing else in_a_line(error)
            self._recorder.event(TEARDOWN, instance.name, f"{spec.title}: not sent: {why}")
            return
        answer, fault = await requests.send_checked(template)
        self._tell(TEARDOWN, instance, spec, answer, fault)

    def _tell(
        self, kind: EventKind, instance: TargetInstance, spec: RequestSpec, answer: Answer, fault: str
    ) -> None:
        result = fault or str(answer.outcome)
        took = f" after {answer.took_s * 1000:.0f} ms" if answer.took_s else ""
        self._recorder.event(kind, instance.name, f"{spec.title}: {result}{took}")
