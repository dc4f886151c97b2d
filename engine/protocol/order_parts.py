"""The requests of an order, if they are too much for one line: they are sent ahead of it, in parts. Pure.

A worker reads each part in about a millisecond, between the requests that it sends, so that switching to a
workload of many megabytes delays no user.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from engine.protocol.messages import TemplatePart
from engine.protocol.request import Template

PART_BYTES = 256 * 1024
PART_REQUESTS = 50


def template_parts(target: str, templates: Sequence[Template]) -> Iterator[TemplatePart]:
    """What is sent ahead of an order with these requests; nothing if one line can hold them."""
    if len(templates) <= PART_REQUESTS and sum(len(each.head) for each in templates) <= PART_BYTES:
        return
    number, waiting, size = 0, [], 0
    for template in templates:
        head = template.head
        waiting.append(replace(template, head=head[:PART_BYTES]))
        size += len(head)
        if size <= PART_BYTES and len(waiting) < PART_REQUESTS:
            continue
        yield TemplatePart(target, number, tuple(waiting))
        number, waiting, size = number + 1, [], 0
        for at in range(PART_BYTES, len(head), PART_BYTES):
            yield TemplatePart(target, number, more_of_head=head[at : at + PART_BYTES])
            number += 1
    if waiting:
        yield TemplatePart(target, number, tuple(waiting))


class ReceivedTemplates:
    """The parts that have arrived for one order."""

    def __init__(self) -> None:
        self._received: list[Template] = []
        self._heads: list[list[bytes]] = []

    def add(self, part: TemplatePart) -> None:
        """Adds the next part; an order's first part discards what an order that never came left."""
        if part.number == 0:
            self._received, self._heads = [], []
        for template in part.templates:
            self._received.append(template)
            self._heads.append([template.head])
        if part.more_of_head:
            self._heads[-1].append(part.more_of_head)

    def templates(self) -> tuple[Template, ...]:
        """All requests that have arrived, in order."""
        return tuple(
            template if len(heads) == 1 else replace(template, head=b"".join(heads))
            for template, heads in zip(self._received, self._heads, strict=True)
        )
