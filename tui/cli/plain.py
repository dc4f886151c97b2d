"""A headless run that is reported in sentences (`--plain`)."""

import anyio

from engine.metrics.sentences import quick_in_full
from engine.plan.labels import labels_of
from engine.protocol.messages import TICK_S
from engine.session.session import Session
from tui.cli.console import say
from tui.cli.plain_text import Said, listed, say_since, sentence, spoken


async def narrate(session: Session) -> None:
    """Says what changes until the session has finished."""
    labels = [spoken(label) for label in labels_of(session.plan.targets, session.plan.runtime).values()]
    say(sentence(f"{session.snapshot.title}; session {session.id}"))
    say(sentence(f"Starting {listed(labels)}"))
    if quick := quick_in_full(session.snapshot.plan):
        say(sentence(quick))
    said: Said | None = None
    while True:
        is_over = session.finished.is_set()
        said, sentences = say_since(said, session.snapshot)
        for each in sentences:
            say(each)
        if is_over:
            return
        with anyio.move_on_after(TICK_S):
            await session.finished.wait()
