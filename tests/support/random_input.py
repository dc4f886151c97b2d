"""Keys, clicks, drags, pasted texts and sizes of terminals at random, as a terminal's driver sends them."""

import random
from dataclasses import dataclass, field
from typing import Any

from textual import events
from textual.geometry import Size
from textual.pilot import Pilot

KEYS = (
    *map(chr, range(33, 127)),
    *("space", "enter", "escape", "tab", "shift+tab", "up", "down", "left", "right", "home", "end") * 3,
    *("pageup", "pagedown", "backspace", "delete", "f1", "ctrl+p", "ctrl+j", "shift+left", "shift+right"),
    *("ctrl+a", "ctrl+k", "ctrl+x", "ctrl+v", "ctrl+w", "ctrl+u", "alt+x", "é", "漢", "ctrl+l"),
)
ENDING = ("ctrl+c", "ctrl+q")
SIZES = ((1, 1), (20, 5), (59, 15), (60, 16), (80, 24), (120, 35), (160, 45), (200, 60), (300, 20))
PASTED = ("", "x", "fastapi:workers=2", "a\nb\nc", "\x1b[31mred", "q" * 500, "漢字", "[b]no[/b]", "-1", "1e9")
"""What may be pasted."""


@dataclass
class Person:
    """Does something at random again and again; the same for the same seed, as far as the screens are."""

    rng: random.Random
    did: list[str] = field(default_factory=list)
    """All that was done, for the message of a failure."""

    async def act(self, pilot: Pilot[Any]) -> None:
        """Does one thing."""
        does = (
            (self._types, 55),
            (self._clicks, 12),
            (self._drags, 5),
            (self._turns_the_wheel, 5),
            (self._points, 5),
            (self._resizes, 6),
            (self._pastes, 3),
            (self._looks_away, 1),
            (self._ends, 1),
        )
        act = self.rng.choices([each for each, _ in does], [weight for _, weight in does])[0]
        act(pilot)
        if self.rng.random() < 0.5:
            await pilot.pause()

    def _types(self, pilot: Pilot[Any]) -> None:
        keys = self.rng.choices(KEYS, k=self.rng.choice((1, 1, 1, 1, 2, 5, 8)))
        self.did.append(" ".join(keys))
        for key in keys:
            pilot.app.simulate_key(key)

    def _ends(self, pilot: Pilot[Any]) -> None:
        key = self.rng.choice(ENDING)
        self.did.append(key)
        pilot.app.simulate_key(key)

    def _clicks(self, pilot: Pilot[Any]) -> None:
        (x, y), times = self._place(pilot), self.rng.choice((1, 1, 2, 3))
        self.did.append(f"click {x},{y} ×{times}")
        button = self.rng.choice((1, 1, 1, 2, 3))
        for _ in range(times):
            self._send(pilot, events.MouseDown, x, y, button)
            self._send(pilot, events.MouseUp, x, y, button)

    def _drags(self, pilot: Pilot[Any]) -> None:
        (x, y), (to_x, to_y) = self._place(pilot), self._place(pilot)
        self.did.append(f"drag {x},{y} to {to_x},{to_y}")
        self._send(pilot, events.MouseDown, x, y, 1)
        self._send(pilot, events.MouseMove, (x + to_x) // 2, (y + to_y) // 2, 1)
        self._send(pilot, events.MouseMove, to_x, to_y, 1)
        if self.rng.random() < 0.8:  # else the button is let go outside the window
            self._send(pilot, events.MouseUp, to_x, to_y, 1)

    def _turns_the_wheel(self, pilot: Pilot[Any]) -> None:
        x, y = self._place(pilot)
        self.did.append(f"wheel {x},{y}")
        kind = self.rng.choice((events.MouseScrollUp, events.MouseScrollDown))
        for _ in range(self.rng.randrange(1, 6)):
            self._send(pilot, kind, x, y, 0)

    def _points(self, pilot: Pilot[Any]) -> None:
        x, y = self._place(pilot)
        self.did.append(f"point {x},{y}")
        self._send(pilot, events.MouseMove, x, y, 0)

    def _resizes(self, pilot: Pilot[Any]) -> None:
        size = Size(*self.rng.choice(SIZES))
        self.did.append(f"size {size.width}×{size.height}")
        driver = pilot.app._driver
        assert driver is not None
        driver.send_message(events.Resize(size, size))

    def _pastes(self, pilot: Pilot[Any]) -> None:
        text = self.rng.choice(PASTED)
        self.did.append(f"paste {text!r}")
        pilot.app.post_message(events.Paste(text))

    def _looks_away(self, pilot: Pilot[Any]) -> None:
        self.did.append("look away")
        pilot.app.post_message(events.AppBlur())
        pilot.app.post_message(events.AppFocus())

    def _place(self, pilot: Pilot[Any]) -> tuple[int, int]:
        width, height = pilot.app.size
        return self.rng.randrange(max(width, 1)), self.rng.randrange(max(height, 1))

    @staticmethod
    def _send(pilot: Pilot[Any], kind: type[events.MouseEvent], x: int, y: int, button: int) -> None:
        driver = pilot.app._driver
        assert driver is not None
        made = kind(None, x, y, 0, 0, button, False, False, False, screen_x=x, screen_y=y)
        driver.send_message(made)
