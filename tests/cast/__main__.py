"""`make recording` writes docs/abreast.cast from the session of `abreast watch demo`.

Every second is drawn by the real screen, so the file shows what a terminal shows, and is the same each time.
The format is asciicast v2: a header, then a line for each output, `[seconds, "o", text]`.
"""

import argparse
import asyncio
import json
from collections.abc import AsyncGenerator, Iterator, Sequence
from itertools import groupby, pairwise
from pathlib import Path

from rich.color import ColorSystem
from rich.style import Style

from engine.metrics.timeline import View
from engine.playback import demo
from engine.playback.player import Player
from engine.playback.recorded_session import RecordedSession
from tui.app import WatchApp
from tui.screens.watch import WatchScreen
from tui.session_api import Playback
from tui.still_session import StillSession

CAST = Path(__file__).parents[2] / "docs" / "abreast.cast"
COLUMNS, ROWS = 100, 32
COMMAND = "abreast watch demo"
SPEED = 5.0
"""Seconds of the session in a second of the recording; one of the player's speeds."""
TYPED_S = 0.06
"""Between two keys of the command."""
STARTS_S = 0.5
ENDS_S = 5.0
"""How long the results are shown."""

MOVE_COSTS = 6
"""Cells that are as long as the sequence that skips them."""

CLEAR, HIDE, SHOW = "\x1b[2J", "\x1b[?25l", "\x1b[?25h"


class StillRecording(StillSession):
    """A `RecordedApi` at a second that somebody sets, as a player that plays."""

    def __init__(self, session: RecordedSession) -> None:
        super().__init__()
        self._session = session
        self.show(0)

    def show(self, second: int) -> None:
        """Goes to this second."""
        self._second = second
        self.shown = self._session.snapshot_at(second, View())

    def recording(self) -> Path:
        return demo.PATH

    def playback(self) -> Playback:
        state = self._session.state
        return Playback(Player(float(self._second), state.newest, SPEED), state)

    def play(self, player: Player) -> None:
        del player


Cell = tuple[str, Style | None]
"""A character and how it is drawn."""
Frame = Sequence[Sequence[Cell]]
"""Rows of cells."""


class TrueColours(WatchApp):
    """The app on a terminal with all colours, whatever this one has."""

    DEPTH = "truecolor"


async def screens(columns: int = COLUMNS, rows: int = ROWS) -> AsyncGenerator[Frame, None]:
    """The screen at each second of the demo."""
    with demo.opened() as file:
        session = RecordedSession(file, demo.PATH)
        session.look()
        recording = StillRecording(session)
        app = TrueColours(recording)
        async with app.run_test(size=(columns, rows)) as pilot:
            screen = app.screen
            assert isinstance(screen, WatchScreen)
            for second in range(session.state.newest + 1):
                recording.show(second)
                for _ in range(3):  # draw, lay out, draw again
                    screen.pull()
                    await pilot.pause()
                yield [
                    [(sign, style) for text, style, _ in strip for sign in text]
                    for strip in app.screen._compositor.render_strips()
                ]


def outputs(frames: Sequence[Frame]) -> Iterator[tuple[float, str]]:
    """What the terminal gets, and when: the command as it is typed, then the rows that change."""
    at_s = STARTS_S
    yield 0.0, "$ "
    for key in COMMAND:
        yield at_s, key
        at_s += TYPED_S
    at_s += STARTS_S
    shown: Frame = ()
    for number, frame in enumerate(frames):
        begin = HIDE + CLEAR if number == 0 else ""
        yield at_s + number / SPEED, begin + changes(shown, frame)
        shown = frame
    yield at_s + len(frames) / SPEED + ENDS_S, f"{SHOW}\x1b[{len(shown)};1H\r\n"


def changes(before: Frame, after: Frame) -> str:
    """The cells that differ: stretches of them, each after the sequence that goes there."""
    text, drawn = "", None
    for at, row in enumerate(after):
        old = before[at] if at < len(before) else ()
        for begin, stretch in different(old, row):
            text += f"\x1b[{at + 1};{begin + 1}H"
            for style, cells in groupby(stretch, key=lambda cell: cell[1]):
                text += "" if style == drawn else codes(style)
                text += "".join(sign for sign, _ in cells)
                drawn = style
    return text


def different(before: Sequence[Cell], after: Sequence[Cell]) -> Iterator[tuple[int, Sequence[Cell]]]:
    """Where stretches of cells begin that differ, and the cells. Few equal ones between them are in them."""
    places = [at for at, cell in enumerate(after) if at >= len(before) or before[at] != cell]
    while places:
        end = next(
            (at for at, (one, two) in enumerate(pairwise(places)) if two - one > MOVE_COSTS), len(places) - 1
        )
        yield places[0], after[places[0] : places[end] + 1]
        places = places[end + 1 :]


def codes(style: Style | None) -> str:
    """What makes a terminal draw so from here on."""
    made = style._make_ansi_codes(ColorSystem.TRUECOLOR) if style else ""
    return f"\x1b[0;{made}m" if made else "\x1b[0m"


def cast(frames: Sequence[Frame]) -> str:
    """The file."""
    header = {
        "version": 2,
        "width": COLUMNS,
        "height": ROWS,
        "title": "abreast: three servers wait for a slow model, one is frozen for a second",
        "env": {"TERM": "xterm-256color"},
    }
    lines: list[object] = [header, *([round(at_s, 3), "o", text] for at_s, text in outputs(frames))]
    return "".join(f"{json.dumps(line, ensure_ascii=False)}\n" for line in lines)


async def drawn() -> str:
    """The file, drawn anew."""
    return cast([frame async for frame in screens()])


def main() -> None:
    """Writes the file."""
    parser = argparse.ArgumentParser(prog="python -m tests.cast", description=__doc__)
    parser.add_argument("--out", type=Path, default=CAST, help="where it goes")
    parser.parse_args().out.write_text(asyncio.run(drawn()), encoding="utf-8")


if __name__ == "__main__":
    main()
