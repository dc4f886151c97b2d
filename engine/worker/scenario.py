"""What users send when it varies: slots to fill in, answers to look at, cookies, journeys.

A `Script` is what all users of a crew share, a `Part` what one user makes of it. A workload of fixed
requests whose answers nobody looks at needs neither: its users take the short way (`users.User._follow_up`).

Rules of this file:
- number n of the plan's `{n}` is a request's own, or that of the whole journey, so that its steps agree;
- a step that fails ends its journey, and the user begins anew: logged out, without cookies, with no value
  taken;
- no I/O, no clock.
"""

from collections.abc import Iterator, Sequence
from itertools import cycle
from typing import TYPE_CHECKING

from engine.client.cookies import CookieJar
from engine.client.response_capture import BODY_LIMIT_BYTES, ResponseCapture
from engine.client.response_checks import Answer, check_of, taken
from engine.client.stream import Ending, EventCapture, StreamCapture
from engine.client.template_fill import FillContext, Filler, target_of

if TYPE_CHECKING:
    from engine.protocol.request import Template
    from engine.worker.counters import PreparedRequest


class ScenarioStep:
    """One request of a script."""

    __slots__ = ("checks", "ending", "filler", "keeps_cookies", "kind", "once", "prepared", "takes", "until")

    def __init__(self, template: "Template", prepared: "PreparedRequest") -> None:
        self.prepared = prepared
        self.filler = Filler(template) if template.slots else None
        self.checks = [check_of(check) for check in template.checks]
        self.takes = template.takes
        self.keeps_cookies = template.keeps_cookies
        self.once = template.once
        self.kind = template.kind
        self.until = template.until
        self.ending = Ending(template.until.encode(), template.receive)

    def new_capture(self) -> ResponseCapture | None:
        """For one answer; None where nobody looks at it. A stream's body is kept for its checks alone."""
        limit_bytes = BODY_LIMIT_BYTES if self.checks or self.takes else 0
        match self.kind:
            case "sse":
                return EventCapture(limit_bytes, self.until)
            case "websocket":
                return StreamCapture(limit_bytes)
            case _:
                return ResponseCapture() if self.checks or self.takes or self.keeps_cookies else None


class Scenario:
    """A workload that varies, as all users of one crew share it."""

    def __init__(
        self,
        templates: "Sequence[Template]",
        prepared: "Sequence[PreparedRequest]",
        order: Sequence[int],
        *,
        journey: bool,
        seed: int,
        numbers: Iterator[int],
        is_secure: bool = False,
    ) -> None:
        self.steps = [
            ScenarioStep(template, each) for template, each in zip(templates, prepared, strict=True)
        ]
        self.journey = journey
        self.seed = seed
        self.is_secure = is_secure
        """It goes over TLS."""
        self.numbers = numbers
        """Gives each request, or journey, a number that no other has."""
        self._order = cycle(order)

    def next_line(self) -> ScenarioStep:
        """The next request by weight, where there is no journey."""
        return self.steps[next(self._order)]


def varies(templates: "Sequence[Template]", *, journey: bool) -> bool:
    """Whether a workload needs a script."""
    return journey or any(
        each.slots or each.checks or each.takes or each.kind != "http" for each in templates
    )


class ScenarioRun:
    """One user's part: where it stands, what it has taken, its cookies."""

    __slots__ = (
        "_at",
        "_cookies",
        "_number",
        "_once_done",
        "_sent",
        "_step",
        "_taken",
        "_user",
        "capture",
        "scenario",
    )

    def __init__(self, scenario: Scenario, user: int) -> None:
        self.scenario = scenario
        self.capture: ResponseCapture | None = None
        """Of the answer to the request that was made last, where it is to be looked at."""
        self._user = user
        self._step: ScenarioStep
        self._at = -1
        """The step made last; -1 between journeys."""
        self._number = 0
        self._sent = b""
        """What was made last, where it had to be filled in."""
        self._cookies = CookieJar()
        self._taken: dict[str, str] = {}
        self._once_done = False
        """A journey has been travelled to its end: what is sent once has been sent."""

    @property
    def is_midway(self) -> bool:
        """Whether the journey goes on."""
        return self._at >= 0

    def next(self) -> "PreparedRequest":
        """Chooses what is sent next."""
        if not self.scenario.journey:
            self._step = self.scenario.next_line()
            self._number = next(self.scenario.numbers)
            return self._step.prepared
        if self._at < 0:
            self._number = next(self.scenario.numbers)
        self._at = self._step_after(self._at)
        self._step = self.scenario.steps[self._at]
        return self._step.prepared

    def fill(self) -> bytes:
        """The bytes of what was chosen. Raises TemplateFillError."""
        step = self._step
        if step.filler is None:
            return step.prepared.data
        scenario = self.scenario
        situation = FillContext(
            scenario.seed, self._user, self._number, self._taken, self._cookies, is_secure=scenario.is_secure
        )
        data = self._sent = step.filler.fill(situation)
        step.prepared.filled_bytes += len(data) - len(step.prepared.data)
        return data

    def new_capture(self) -> ResponseCapture | None:
        """For each time that the request is sent."""
        self.capture = self._step.new_capture()
        return self.capture

    @property
    def step(self) -> ScenarioStep:
        """What was chosen last."""
        return self._step

    def look(self) -> str:
        """Looks at an answer of an expected status and keeps what it gives; what is wrong with it, if any."""
        step, capture = self._step, self.capture
        if capture is None:
            return ""
        if step.keeps_cookies and step.filler is not None:
            self._cookies.take(
                capture.headers,
                host=step.filler.host,
                target=self._target,
                is_secure=self.scenario.is_secure,
            )
        answer = Answer(capture)
        for check in step.checks:
            if fault := check(answer):
                return fault
        try:
            for take in step.takes:
                self._taken[take.name] = taken(answer, take, self._cookies, target=self._target)
        except ValueError as error:
            return str(error)
        return ""

    @property
    def _target(self) -> str:
        """What the request that was made last asked for."""
        return target_of(self._sent if self._step.filler is not None else self._step.prepared.data)

    def end(self, *, well: bool) -> None:
        """The request that was made last has ended."""
        if not self.scenario.journey:
            return
        if not well:
            self._at, self._once_done = -1, False
            self._cookies, self._taken = CookieJar(), {}
        elif self._step_after(self._at) >= len(self.scenario.steps):
            self._at, self._once_done = -1, True

    def _step_after(self, step: int) -> int:
        """The next step's position; past the last one where the journey is at its end."""
        steps = self.scenario.steps
        step += 1
        while self._once_done and step < len(steps) and steps[step].once:
            step += 1
        return step
