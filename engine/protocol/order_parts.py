"""The requests of an order, where they are too much for one line: they go ahead of it, in parts.

A worker reads each part in about a millisecond, between the requests that it sends: whoever switches to a
workload of many megabytes holds no one up. Pure.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from engine.protocol.messages import Requests
from engine.protocol.request import Template

PART_BYTES = 256 * 1024
PART_REQUESTS = 50


def parts_of(target: str, templates: Sequence[Template]) -> Iterator[Requests]:
    """What goes ahead of an order with these requests; nothing where one line can hold them."""
    if len(templates) <= PART_REQUESTS and sum(len(each.head) for each in templates) <= PART_BYTES:
        return
    number, waiting, size = 0, [], 0
    for template in templates:
        head = template.head
        waiting.append(replace(template, head=head[:PART_BYTES]))
        size += len(head)
        if size <= PART_BYTES and len(waiting) < PART_REQUESTS:
            continue
        yield Requests(target, number, tuple(waiting))
        number, waiting, size = number + 1, [], 0
        for at in range(PART_BYTES, len(head), PART_BYTES):
            yield Requests(target, number, goes_on=head[at : at + PART_BYTES])
            number += 1
    if waiting:
        yield Requests(target, number, tuple(waiting))


class Gathered:
    """The parts that have come for one order."""

    def __init__(self) -> None:
        self._templates: list[Template] = []
        self._heads: list[list[bytes]] = []

    def take(self, part: Requests) -> None:
        """The next part; the first of an order's ends what came for one that never did."""
        if part.number == 0:
            self._templates, self._heads = [], []
        for template in part.templates:
            self._templates.append(template)
            self._heads.append([template.head])
        if part.goes_on:
            self._heads[-1].append(part.goes_on)

    def whole(self) -> tuple[Template, ...]:
        """All requests that have come, in order."""
        return tuple(
            template if len(heads) == 1 else replace(template, head=b"".join(heads))
            for template, heads in zip(self._templates, self._heads, strict=True)
        )
