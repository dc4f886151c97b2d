"""`python -m tests.looks FOLDER [WORD …]` writes an SVG of each state whose name has one of the words, at
four sizes and in eight looks; fewer with `--size 80x24 --look dark`."""

import argparse
import asyncio
import os
import re
import tempfile
from pathlib import Path

from rich._palettes import STANDARD_PALETTE
from rich.color import Color, ColorSystem, ColorType
from rich.color_triplet import ColorTriplet

from tests.support.screen_states import SIZES, STATES, Terminal, settled
from tui.look import Look
from tui.themes import Depth
from tui.views.picture import without_fonts

LOOKS: dict[str, Terminal] = {
    "dark": Terminal(),
    "light": Terminal(look=Look("light")),
    "256": Terminal("256"),
    "256-light": Terminal("256", Look("light")),
    "16": Terminal("16"),
    "16-light": Terminal("16", Look("light")),
    "no-color": Terminal(),
    "ascii": Terminal("16", Look(charts="ascii", signs="ascii")),
}
_SYSTEMS: dict[Depth, ColorSystem] = {"256": ColorSystem.EIGHT_BIT, "16": ColorSystem.STANDARD}


def in_depth(svg: str, depth: Depth) -> str:
    """A picture in the colours that a terminal of this depth has."""
    if depth not in _SYSTEMS:
        return svg

    def shown(found: re.Match[str]) -> str:
        colour = Color.parse(found[0]).downgrade(_SYSTEMS[depth])
        if colour.type is ColorType.STANDARD and colour.number is not None:
            return ColorTriplet(*STANDARD_PALETTE[colour.number]).hex
        return colour.get_truecolor().hex

    return re.sub(r"#[0-9a-f]{6}\b", shown, svg)


async def draw(name: str, look: str, sizes: list[tuple[int, int]], folder: Path) -> None:
    """Writes the pictures of a state in a look."""
    terminal = LOOKS[look]
    if look == "no-color":
        os.environ["NO_COLOR"] = "1"
    else:
        os.environ.pop("NO_COLOR", None)
    async with STATES[name].open(terminal, sizes[0]) as pilot:
        for size in sizes:
            await pilot.resize_terminal(*size)
            await settled(pilot)
            await settled(pilot)
            svg = without_fonts(pilot.app.export_screenshot(title=f"{name}, {look}"))
            file = f"{re.sub(r'[^a-z0-9]+', '-', name)}-{size[0]}x{size[1]}-{look}.svg"
            (folder / file).write_text(in_depth(svg, terminal.depth), encoding="utf-8")


def main() -> None:
    """Draws what is asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.looks", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("words", nargs="*", help="parts of names of states; all states by default")
    parser.add_argument("--look", choices=list(LOOKS), action="append", help="all by default")
    parser.add_argument("--size", action="append", help="such as 80x24; all four by default")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    sizes = [each for each in SIZES if not options.size or f"{each[0]}x{each[1]}" in options.size]
    names = [name for name in STATES if not options.words or any(word in name for word in options.words)]
    for name in names:
        for look in options.look or LOOKS:
            with tempfile.TemporaryDirectory() as home:
                os.environ["ABREAST_HOME"] = home
                asyncio.run(draw(name, look, sizes, options.folder))


if __name__ == "__main__":
    main()
