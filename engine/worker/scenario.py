"""What users send if it varies: slots to fill in, responses to check, cookies, journeys.

All users of a target share a `Scenario`; a `ScenarioRun` is one user's state in it. A workload of fixed
requests whose responses are not checked needs neither: its users take the shortcut
(`RequestSender._follow_up`).

Rules of this file:
- the number in the plan's `{n}` is that of the request, or of the whole journey, so that its steps agree;
- a step that fails ends its journey, and the user starts anew: logged out, without cookies, without taken
  values;
- no I/O, no clock.
"""

from collections.abc import Iterator, Sequence
from itertools import cycle
from typing import TYPE_CHECKING

from engine.client.cookies import CookieJar
from engine.client.response_capture import BODY_LIMIT_BYTES, ResponseCapture
from engine.client.response_checks import CapturedResponse, body_check, extract_value
from engine.client.stream import Ending, EventCapture, StreamCapture
from engine.client.template_fill import FillContext, Filler, target_of

if TYPE_CHECKING:
    from engine.protocol.request import Template
    from engine.worker.counters import PreparedRequest


class ScenarioStep:
    """One request of a scenario."""

    __slots__ = ("checks", "ending", "filler", "keeps_cookies", "kind", "once", "prepared", "takes", "until")

    def __init__(self, template: "Template", prepared: "PreparedRequest") -> None:
        self.prepared = prepared
        self.filler = Filler(template) if template.slots else None
        self.checks = [body_check(check) for check in template.checks]
        self.takes = template.takes
        self.keeps_cookies = template.keeps_cookies
        self.once = template.once
        self.kind = template.kind
        self.until = template.until
        self.ending = Ending(template.until.encode(), template.receive)

    def new_capture(self) -> ResponseCapture | None:
        """A capture for one response; None if nothing needs it. A stream's body is only kept for its
        checks."""
        limit_bytes = BODY_LIMIT_BYTES if self.checks or self.takes else 0
        match self.kind:
            case "sse":
                return EventCapture(limit_bytes, self.until)
            case "websocket":
                return StreamCapture(limit_bytes)
            case _:
                return ResponseCapture() if self.checks or self.takes or self.keeps_cookies else None


class Scenario:
    """A workload that varies, shared by all users of a target."""

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
        """It is sent over TLS."""
        self.numbers = numbers
        """Gives each request, or journey, a number that no other has."""
        self._order = cycle(order)

    def next_step(self) -> ScenarioStep:
        """The next request by weight, if there is no journey."""
        return self.steps[next(self._order)]


def varies(templates: "Sequence[Template]", *, journey: bool) -> bool:
    """Whether a workload needs a scenario."""
    return journey or any(
        each.slots or each.checks or each.takes or each.kind != "http" for each in templates
    )


class ScenarioRun:
    """One user's state: its position, the values it has taken, its cookies."""

    __slots__ = (
        "_cookies",
        "_data",
        "_number",
        "_once_is_done",
        "_position",
        "_step",
        "_taken",
        "_user",
        "capture",
        "scenario",
    )

    def __init__(self, scenario: Scenario, user: int) -> None:
        self.scenario = scenario
        self.capture: ResponseCapture | None = None
        """The response to the last request, if it is to be checked."""
        self._user = user
        self._step: ScenarioStep
        self._position = -1
        """Index of the last step; -1 between journeys."""
        self._number = 0
        self._data = b""
        """The last request, if it had slots to fill in."""
        self._cookies = CookieJar()
        self._taken: dict[str, str] = {}
        self._once_is_done = False
        """A journey was completed: steps that are sent only once have been sent."""

    @property
    def is_midway(self) -> bool:
        """Whether the user is within a journey."""
        return self._position >= 0

    def next(self) -> "PreparedRequest":
        """Chooses the next request."""
        if not self.scenario.journey:
            self._step = self.scenario.next_step()
            self._number = next(self.scenario.numbers)
            return self._step.prepared
        if self._position < 0:
            self._number = next(self.scenario.numbers)
        self._position = self._step_after(self._position)
        self._step = self.scenario.steps[self._position]
        return self._step.prepared

    def fill(self) -> bytes:
        """The bytes of the chosen request. Raises TemplateFillError."""
        step = self._step
        if step.filler is None:
            return step.prepared.data
        scenario = self.scenario
        context = FillContext(
            scenario.seed, self._user, self._number, self._taken, self._cookies, is_secure=scenario.is_secure
        )
        data = self._data = step.filler.fill(context)
        step.prepared.filled_bytes += len(data) - len(step.prepared.data)
        return data

    def new_capture(self) -> ResponseCapture | None:
        """A new capture for each time that the request is sent."""
        self.capture = self._step.new_capture()
        return self.capture

    @property
    def step(self) -> ScenarioStep:
        """The step that was chosen last."""
        return self._step

    def check(self) -> str:
        """Checks a response of an expected status and keeps the values to take; returns what is wrong with
        it, if anything."""
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
        answer = CapturedResponse(capture)
        for check in step.checks:
            if fault := check(answer):
                return fault
        try:
            for take in step.takes:
                self._taken[take.name] = extract_value(answer, take, self._cookies, target=self._target)
        except ValueError as error:
            return str(error)
        return ""

    @property
    def _target(self) -> str:
        """The request target of the last request."""
        return target_of(self._data if self._step.filler is not None else self._step.prepared.data)

    def end(self, *, ok: bool) -> None:
        """The last request has ended."""
        if not self.scenario.journey:
            return
        if not ok:
            self._position, self._once_is_done = -1, False
            self._cookies, self._taken = CookieJar(), {}
        elif self._step_after(self._position) >= len(self.scenario.steps):
            self._position, self._once_is_done = -1, True

    def _step_after(self, step: int) -> int:
        """The next step's index; one past the last one if the journey is at its end."""
        steps = self.scenario.steps
        step += 1
        while self._once_is_done and step < len(steps) and steps[step].once:
            step += 1
        return step
