"""Sends each request of the workload once to every target, before load begins, and keeps what they return.

Rules of this file:
- all targets get the requests at the same time, each over its own connection, with the bytes that users send
  and a header that asks abreast's own targets to count their work;
- it raises nothing: no response from a target is an outcome like any other.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import anyio

from engine.client.byte_counters import ByteCounters
from engine.client.connection import Connection
from engine.client.cookies import CookieJar
from engine.client.endpoint import Endpoint
from engine.client.response_capture import ResponseCapture
from engine.client.response_checks import CapturedResponse, extract_value
from engine.client.template_fill import FillContext, Filler, TemplateFillError, target_of
from engine.plan.render import Rendered
from engine.preflight.parity import Answers, Seen, differing_bodies
from engine.protocol.address import Address
from engine.protocol.outcome import RESPONSE_TIMEOUT
from engine.protocol.request import Template
from targets.contract import COUNT_HEADER, WORK_HEADER

CONNECT_WITHIN_S = 5.0
_ASK_TO_COUNT = f"\r\n{COUNT_HEADER}: 1\r\n".encode()


@dataclass(frozen=True, slots=True)
class Subject:
    """A target to compare with the others."""

    address: Address
    sent: Rendered
    counts: bool
    """Whether it can count its work."""


def asked_for(sent: Rendered) -> list[Template]:
    """The requests that are compared: all but those over WebSockets, whose responses have no body."""
    return [template for template in sent.templates if template.kind != "websocket"]


async def inspect(subjects: Mapping[str, Subject], *, seed: int, timeout_s: float) -> tuple[Answers, Answers]:
    """Each target's responses and, if bodies differ, its responses to a second round of requests."""
    names = [template.name for template in asked_for(next(iter(subjects.values())).sent)] if subjects else []
    first = await _asked(subjects, seed, timeout_s)
    again = await _asked(subjects, seed, timeout_s) if differing_bodies(names, first) else {}
    return first, again


async def _asked(subjects: Mapping[str, Subject], seed: int, timeout_s: float) -> Answers:
    answers: dict[str, list[Seen]] = {name: [] for name in subjects}
    async with anyio.create_task_group() as group:
        for name, subject in subjects.items():
            group.start_soon(_ask, subject, answers[name], seed, timeout_s)
    return answers


class _BoundedCapture(ResponseCapture):
    """Stops reading a body, which may be endless, once it is longer than what is kept of it."""

    __slots__ = ()

    def on_body(self, part: bytes) -> None:
        """Takes the next part of the body."""
        super().on_body(part)
        self.is_over = not self.is_body_complete


async def _ask(subject: Subject, seen: list[Seen], seed: int, timeout_s: float) -> None:
    endpoint = Endpoint(subject.address, CONNECT_WITHIN_S)
    values: dict[str, str] = {}
    cookies = CookieJar()
    is_secure = subject.address.tls is not None
    situation = FillContext(seed, 0, 0, values, cookies, is_secure=is_secure)
    connection: Connection | str | None = None
    for template in asked_for(subject.sent):
        if not isinstance(connection, Connection) or not connection.usable:
            connection = await endpoint.dial(ByteCounters(), timeout_s)
        if isinstance(connection, str):
            seen.append(Seen(connection))
            continue
        try:
            filler = Filler(template)
            data = filler.fill(situation)
        except (TemplateFillError, KeyError):  # an earlier step did not provide a value
            seen.append(Seen("not sent"))
            continue
        if subject.counts:
            data = data.replace(b"\r\n", _ASK_TO_COUNT, 1)
        capture = _BoundedCapture()
        outcome: int | str = RESPONSE_TIMEOUT
        with anyio.move_on_after(timeout_s):
            outcome = await connection.send(data, template.method == "HEAD", capture)
        if outcome == RESPONSE_TIMEOUT:
            connection.close()
        seen.append(_seen(outcome, capture))
        target = target_of(data)
        if template.keeps_cookies:
            cookies.take(capture.headers, host=filler.host, target=target, is_secure=is_secure)
        _keep(template, capture, values, cookies, target)
    if isinstance(connection, Connection):
        connection.close()


def _seen(outcome: int | str, capture: ResponseCapture) -> Seen:
    answer = CapturedResponse(capture)
    return Seen(outcome, answer.header("content-type") or "", bytes(capture.body), answer.header(WORK_HEADER))


def _keep(
    template: Template, capture: ResponseCapture, values: dict[str, str], cookies: CookieJar, target: str
) -> None:
    """Keeps the values of a response that later steps of a journey need."""
    for take in template.takes:
        try:
            values[take.name] = extract_value(CapturedResponse(capture), take, cookies, target=target)
        except ValueError:
            values.pop(take.name, None)
