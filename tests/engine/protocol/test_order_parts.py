"""Requests that are too much for one line reach a load worker in parts."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.protocol.messages import SetWorkload, Template, TemplatePart
from engine.protocol.order_parts import PART_BYTES, PART_REQUESTS, ReceivedTemplates, template_parts
from tests.support.servers import CountingServer, serving
from tests.support.worker_process import WorkerProcess, get, target

LENGTHS = st.integers(0, 40) | st.sampled_from(
    [PART_BYTES - 1, PART_BYTES, PART_BYTES + 1, 2 * PART_BYTES, 3 * PART_BYTES + 5]
)


def template(length: int, number: int = 0) -> Template:
    """One of so many bytes."""
    return Template(f"r{number}", "GET", bytes([number % 251]) * length, (200,))


@given(st.lists(LENGTHS, max_size=6), st.sampled_from([0, PART_REQUESTS, 3 * PART_REQUESTS + 1]))
def test_parts_come_together_as_they_were(lengths: list[int], more: int) -> None:
    templates = tuple(template(length, n) for n, length in enumerate([*lengths, *[5] * more]))
    received = ReceivedTemplates()
    parts = list(template_parts("t", templates))
    for part in [TemplatePart("t", 0, (template(9),)), *parts]:  # an order that never came left it
        received.add(part)
    if parts:
        assert received.templates() == templates
    else:
        assert sum(map(len, (each.head for each in templates))) <= PART_BYTES
    for part in parts:
        assert len(part.templates) <= PART_REQUESTS
        assert sum(len(each.head) for each in part.templates) + len(part.more_of_head) <= 2 * PART_BYTES


@pytest.mark.anyio
async def test_a_worker_sends_what_came_ahead_of_the_order(worker: WorkerProcess) -> None:
    async with serving(CountingServer()) as port:
        many = tuple(get(port, f"/{number}") for number in range(2 * PART_REQUESTS))
        large = replace(
            get(port, "/large"), head=get(port, "/large").head[:-2] + b"X: " + b"a" * 9 + b"\r\n\r\n"
        )
        for part in template_parts("t", many):
            await worker.say(part)
        await worker.say(replace(target(port, users=2), templates=()))
        await worker.until(lambda _: len(worker.ok) == len(many))
        await worker.say(TemplatePart("t", 0, (replace(large, head=large.head[:20]),)))
        await worker.say(TemplatePart("t", 1, more_of_head=large.head[20:]), SetWorkload("t", ()))
        await worker.until(lambda sample: "/large" in sample.requests)
        await worker.say(SetWorkload("t", ()))  # nothing came ahead of this one: it changes nothing
        await worker.until(lambda sample: list(sample.requests) == ["/large"])
        await worker.stop()
    assert worker.errors == {}
