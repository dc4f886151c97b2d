"""The screen as text, compared with a stored one: `UPDATE_SNAPSHOTS=1 pytest tests/tui` updates them."""

import os
from pathlib import Path

from textual.app import App

KEPT = Path(__file__).parents[1] / "tui" / "snapshots"


def text_of(app: App[None]) -> str:
    """What the terminal would show, without colours. Textual's only public form is an SVG."""
    strips = app.screen._compositor.render_strips()
    return "\n".join(strip.text.rstrip() for strip in strips) + "\n"


def text_within(app: App[None], selector: str) -> str:
    """What the terminal would show of one part."""
    region = app.screen.query_one(selector).region
    rows = text_of(app).splitlines()[region.y : region.bottom]
    return "\n".join(row.ljust(region.right)[region.x : region.right] for row in rows) + "\n"


def assert_same_screen(app: App[None], name: str, within: str = "") -> None:
    """Fails with the difference if the screen, or one part of it, is not the stored one."""
    kept, now = KEPT / f"{name}.txt", text_within(app, within) if within else text_of(app)
    if os.environ.get("UPDATE_SNAPSHOTS"):
        kept.write_text(now, encoding="utf-8")
    assert now == kept.read_text(encoding="utf-8")
