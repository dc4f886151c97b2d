"""Sends each request of the workload once to every target, before load begins, and keeps what they return.

Rules of this file:
- all targets get the requests at the same time, each over its own connection, with the bytes that users send
  and a header that asks abreast's own targets to count their work;
- it raises nothing: no response from a target is an outcome like any other.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import anyio

from engine.client.captured_response import CapturedResponse
from engine.client.conversation import Answer, Conversation
from engine.client.response_capture import ResponseCapture
from engine.client.rows import sources_of
from engine.client.template_fill import TemplateFillError
from engine.plan.render import Rendered
from engine.preflight.parity import Answers, Seen, differing_bodies
from engine.protocol.address import Address
from engine.protocol.request import Template
from targets.contract import COUNT_HEADER, WORK_HEADER

_ASK_TO_COUNT = f"{COUNT_HEADER}: 1\r\n".encode()


@dataclass(frozen=True, slots=True)
class Subject:
    """A target to compare with the others."""

    address: Address
    sent: Rendered
    counts: bool
    """Whether it can count its work."""
    is_http2: bool = False
    """Whether it is asked over HTTP/2, as users will."""


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
    conversation = Conversation(
        subject.address,
        seed=seed,
        timeout_s=timeout_s,
        rows=sources_of(subject.sent.tables),
        new_capture=_BoundedCapture,
        more_headers=_ASK_TO_COUNT if subject.counts else b"",
        is_http2=subject.is_http2,
    )
    for template in asked_for(subject.sent):
        try:
            answer = await conversation.send(template)
        except (TemplateFillError, KeyError):  # an earlier step did not provide a value
            seen.append(Seen("not sent"))
            continue
        _keep_values(conversation, template, answer)
        seen.append(_seen(answer))
    conversation.close()


def _keep_values(conversation: Conversation, template: Template, answer: Answer) -> None:
    """Keeps the values of a response that later steps of a journey need."""
    for take in template.takes:
        try:
            conversation.take(template, answer, take.name)
        except ValueError:
            conversation.taken.pop(take.name, None)


def _seen(answer: Answer) -> Seen:
    response = CapturedResponse(answer.capture)
    return Seen(
        answer.outcome,
        response.header("content-type") or "",
        bytes(answer.capture.body),
        response.header(WORK_HEADER),
        answer.redirects,
    )
