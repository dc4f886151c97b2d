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
from functools import partial
from itertools import cycle
from typing import TYPE_CHECKING

from engine.client.captured_response import CapturedResponse
from engine.client.cookies import CookieJar
from engine.client.extraction import depends_on_user, extractor, needs_target
from engine.client.judged_responses import JudgedCapture
from engine.client.redirects import RedirectChain
from engine.client.request_batches import batch_drawer, in_order
from engine.client.response_capture import BODY_LIMIT_BYTES, ResponseCapture
from engine.client.response_checks import Fault, response_check
from engine.client.stream import Ending, EventCapture, StreamCapture
from engine.client.template_fill import FillContext, Filler, target_of
from engine.protocol.outcome import BAD_BODY

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from engine.client.rows import RowSource
    from engine.protocol.request import Template
    from engine.worker.counters import PreparedRequest


class ScenarioStep:
    """One request of a scenario."""

    __slots__ = (
        "checks",
        "ending",
        "filler",
        "follow_redirects",
        "judges",
        "keeps_cookies",
        "kind",
        "needs_target",
        "new_capture",
        "once",
        "prepared",
        "reuses_judgements",
        "takes",
        "until",
    )

    def __init__(
        self, template: "Template", prepared: "PreparedRequest", rows: "Mapping[str, RowSource]"
    ) -> None:
        self.prepared = prepared
        self.filler = Filler(template, rows) if template.slots else None
        self.checks = [response_check(check) for check in template.checks]
        self.takes = [(take.name, extractor(take)) for take in template.takes]
        self.keeps_cookies = template.keeps_cookies
        self.follow_redirects = template.follow_redirects
        self.once = template.once
        self.kind = template.kind
        self.until = template.until
        self.ending = Ending(template.until.encode(), template.receive)
        self.judges = bool(self.checks or self.takes)
        """Whether it looks at responses of an expected status."""
        self.needs_target = any(map(needs_target, template.takes))
        self.reuses_judgements = template.method != "HEAD" and not any(map(depends_on_user, template.takes))
        """What is found about a response follows from the response alone."""
        self.new_capture = self._capture_maker(BODY_LIMIT_BYTES if _needs_body(template) else 0)
        """A capture for one response; None if nothing needs it."""

    def _capture_maker(self, limit_bytes: int) -> "Callable[[], ResponseCapture | None]":
        """What makes a capture for each response; it keeps so much of a body."""
        match self.kind:
            case "sse":
                return partial(EventCapture, limit_bytes, self.until)
            case "websocket":
                return partial(StreamCapture, limit_bytes)
            case _ if self.judges and self.reuses_judgements:
                return partial(JudgedCapture, {}, limit_bytes)
            case _ if self.judges or self.keeps_cookies or self.follow_redirects:
                return partial(ResponseCapture, limit_bytes)
            case _:
                return no_capture


def no_capture() -> None:
    """Of a response that nothing looks at."""


def _needs_body(template: "Template") -> bool:
    """Whether some check or value to take is in the body itself."""
    checked = any(check.kind not in {"header", "size"} for check in template.checks)
    return checked or any(take.source not in {"header", "cookie"} for take in template.takes)


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
        rows: "Mapping[str, RowSource]",
        is_secure: bool = False,
        stride: int = 1,
    ) -> None:
        self.steps = [
            ScenarioStep(template, each, rows) for template, each in zip(templates, prepared, strict=True)
        ]
        self.journey = journey
        self.sends_once = any(step.once for step in self.steps)
        self.seed = seed
        self.is_secure = is_secure
        """It is sent over TLS."""
        self.numbers = numbers
        """Gives each request, or journey, a number that no other has."""
        self.stride = stride
        """What these numbers are apart."""
        self.order = cycle([self.steps[at] for at in order])
        """Without a journey: the requests by weight."""
        draw = batch_drawer(templates[0]) if len(templates) == 1 and not journey else None
        self.requests = None if draw is None else in_order(draw, numbers, seed, stride)
        """The requests as they are sent, one after another, if they are all of one kind and depend on their
        numbers only."""
        self.blind_requests = self.requests if self.steps[0].new_capture is no_capture else None
        """The same, if nothing looks at responses."""


def varies(templates: "Sequence[Template]", *, journey: bool) -> bool:
    """Whether a workload needs a scenario."""
    return journey or any(
        each.slots or each.checks or each.takes or each.follow_redirects or each.kind != "http"
        for each in templates
    )


class ScenarioRun:
    """One user's state: its position, the values it has taken, its cookies."""

    __slots__ = (
        "_captured_for",
        "_chain",
        "_context",
        "_once_is_done",
        "_position",
        "_request",
        "capture",
        "scenario",
        "step",
    )

    def __init__(self, scenario: Scenario, user: int) -> None:
        self.scenario = scenario
        self.capture: ResponseCapture | None = None
        """The response to the last request, if it is to be checked."""
        self._captured_for: ScenarioStep | None = None
        """The step whose response `capture` is for."""
        self.step: ScenarioStep
        """The step that was chosen last."""
        self._position = -1
        """Index of the last step; -1 between journeys."""
        self._context = FillContext(
            scenario.seed, user, 0, {}, is_secure=scenario.is_secure, stride=scenario.stride
        )
        """Its cookies, the values that it has taken, and the rows of data files that the request, or the
        journey, uses."""
        self._request = b""
        """The last request, as it was sent."""
        self._chain: RedirectChain | None = None
        """The redirects that the last request has followed."""
        self._once_is_done = False
        """A journey was completed that has steps that are sent only once."""

    @property
    def is_midway(self) -> bool:
        """Whether the user is within a journey."""
        return self._position >= 0

    @property
    def next_step(self) -> int:
        """The number of the step that comes next, from 0; -1 without a journey."""
        return self._step_after(self._position) if self.scenario.journey else -1

    def next(self) -> "PreparedRequest":
        """Chooses the next request."""
        scenario, context = self.scenario, self._context
        if self._position < 0 and scenario.requests is None:
            context.rows.clear()
            context.number = next(scenario.numbers)
        if scenario.journey:
            self._position = self._step_after(self._position)
            self.step = scenario.steps[self._position]
        else:
            self.step = next(scenario.order)
        return self.step.prepared

    def fill(self) -> bytes:
        """The bytes of the chosen request. Raises TemplateFillError."""
        prepared, filler, requests = self.step.prepared, self.step.filler, self.scenario.requests
        self._chain = None
        if filler is None:
            self._request = prepared.data
            return self._request
        data = self._request = filler.fill(self._context) if requests is None else next(requests)
        prepared.filled_bytes += len(data) - len(prepared.data)
        return data

    def new_capture(self) -> ResponseCapture | None:
        """The capture for the next response: the last one again if nothing was captured in it."""
        before, step = self.capture, self.step
        if step is self._captured_for and before is not None and before.judgement is not None:
            return before  # nothing was captured in it
        self._captured_for = step
        self.capture = step.new_capture()
        return self.capture

    @property
    def hops(self) -> int:
        """How many redirects the last request has followed."""
        return 0 if self._chain is None else self._chain.hops

    def redirect(self, status: int) -> bytes:
        """The request that a redirect leads to; empty if the response has no Location, and so is final.
        Raises RedirectError for one that is not followed."""
        step, capture = self.step, self.capture
        if capture is None or (location := CapturedResponse(capture).header("location")) is None:
            return b""
        if step.keeps_cookies:
            self._keep_cookies(capture)
        chain = self._chain = self._chain or RedirectChain(self._request, step.follow_redirects)
        self._request = chain.follow(
            status,
            location,
            is_secure=self.scenario.is_secure,
            cookies=self._cookie_line if step.keeps_cookies else None,
        )
        step.prepared.filled_bytes += len(self._request)
        return self._request

    def check(self) -> Fault | None:
        """Checks a response of an expected status and keeps the values to take; returns what is wrong with
        it, if anything."""
        step, capture, context = self.step, self.capture, self._context
        if capture is None:
            return None
        if (known := capture.judgement) is not None:
            context.taken.update(known.values)
            return None
        if step.keeps_cookies:
            self._keep_cookies(capture)
        if not step.judges:
            return None
        answer = CapturedResponse(capture)
        for check in step.checks:
            if fault := check(answer):
                return fault
        values: dict[str, str] = {}
        try:
            target = self._target if step.needs_target else ""
            for name, extract in step.takes:
                values[name] = context.taken[name] = extract(answer, context.cookies, target)
        except ValueError as error:
            return Fault(BAD_BODY, str(error))
        if isinstance(capture, JudgedCapture) and not (step.keeps_cookies and capture.sets_cookies):
            capture.keep(values)
        return None

    def _keep_cookies(self, capture: ResponseCapture) -> None:
        """Keeps the cookies that the response to the last request sets."""
        filler = self.step.filler
        if filler is not None and capture.sets_cookies:
            self._context.cookies.take(
                capture.headers, host=filler.host, target=self._target, is_secure=self.scenario.is_secure
            )

    def _cookie_line(self, target: str) -> str:
        """The cookies that are sent to a target."""
        host = "" if self.step.filler is None else self.step.filler.host
        return self._context.cookies.line(host=host, target=target, is_secure=self.scenario.is_secure)

    @property
    def _target(self) -> str:
        """The request target of the last request."""
        return target_of(self._request)

    def end(self, *, ok: bool) -> None:
        """The last request has ended."""
        if not self.scenario.journey:
            return
        if not ok:
            self._position, self._once_is_done = -1, False
            self._context.cookies, self._context.taken = CookieJar(), {}
        elif self._step_after(self._position) >= len(self.scenario.steps):
            self._position, self._once_is_done = -1, self.scenario.sends_once

    def _step_after(self, step: int) -> int:
        """The next step's index; one past the last one if the journey is at its end."""
        step += 1
        if self._once_is_done:
            steps = self.scenario.steps
            while step < len(steps) and steps[step].once:
                step += 1
        return step
