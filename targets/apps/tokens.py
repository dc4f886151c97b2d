"""Tokens at a fixed pace: the stand-in for a language model that streams. No framework.

An app sends the messages as server-sent events or over a WebSocket. Token n is due at n times the pace after
the start, so that the delays of a slow client or a late timer do not add up.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Iterator, Mapping
from typing import Annotated

from pydantic import BaseModel, Field

from targets.apps import work
from targets.contract import DEFAULT_PACE_MS, DEFAULT_TOKENS, MAX_PACE_MS, MAX_TOKENS
from targets.contract.models import event, last_message, token


class Generation(BaseModel):
    """The parameters of a query."""

    n: Annotated[int, Field(ge=1, le=MAX_TOKENS)] = DEFAULT_TOKENS
    """Number of tokens."""
    pace_ms: Annotated[int, Field(ge=0, le=MAX_PACE_MS)] = DEFAULT_PACE_MS
    """Time from one token to the next."""

    def wait_s(self, number: int, since_start_s: float) -> float:
        """How long until a token is due."""
        return max(0.0, number * self.pace_ms / 1000 - since_start_s)


def asked(query: Mapping[str, str]) -> Generation:
    """What a query asks for, for frameworks that validate none themselves. Raises UnprocessableError."""
    return work.fitting(Generation, dict(query))


async def messages(generation: Generation) -> AsyncGenerator[str, None]:
    """The tokens and the last message, each when it is due, on an event loop."""
    began_s = time.monotonic()
    for number in range(generation.n):
        if number:
            await asyncio.sleep(generation.wait_s(number, time.monotonic() - began_s))
        yield token(number)
    yield last_message(generation.n)


def messages_here(generation: Generation) -> Iterator[str]:
    """The tokens and the last message, each when it is due, in a thread."""
    began_s = time.monotonic()
    for number in range(generation.n):
        if number and (wait_s := generation.wait_s(number, time.monotonic() - began_s)):
            time.sleep(wait_s)
        yield token(number)
    yield last_message(generation.n)


async def events(generation: Generation) -> AsyncGenerator[bytes, None]:
    """The messages as server-sent events, on an event loop."""
    async for message in messages(generation):
        yield event(message)


def events_here(generation: Generation) -> Iterator[bytes]:
    """The messages as server-sent events, in a thread."""
    for message in messages_here(generation):
        yield event(message)
