"""The lobby: choose a preset and its targets; Enter starts them."""

from dataclasses import replace

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from engine.metrics.load_unit import long_unit
from engine.plan.values import parse_duration
from targets.errors import AbreastError
from targets.plain_text import visible
from tui.availability import Now
from tui.commands.key_command import bindings
from tui.commands.lobby import LOBBY
from tui.screens.help import hung
from tui.screens.lobby_list import PresetListScreen
from tui.screens.prompts import PromptScreen
from tui.screens.user_count import parse_load
from tui.session_api import Choice, PresetInfo, SessionApi, TargetInfo, TargetRow
from tui.views.plan_summary import (
    Changes,
    course_rows,
    note_rows,
    offered_database,
    plan_rows,
    shape_rows,
    shape_title,
    turns_legend,
)
from tui.views.raster import Mode
from tui.views.rows import Row, Span, fit, plain
from tui.widgets.choices import Choices
from tui.widgets.key_bar import KeyBar
from tui.widgets.panel import Panel, content_of

COURSE_NEEDS_ROWS = 40
"""On a lower screen there is no room for the course of a plan."""

OTHERS_NEED_ROWS = 30
"""Rows of everything beside the course."""


class LobbyScreen(PresetListScreen):
    """Presets on the left, the chosen plan on the right."""

    TABLE = LOBBY
    AUTO_FOCUS = "#presets"
    BINDINGS = bindings(LOBBY, priority=frozenset({"start", "next_pane"}))

    class Started(Message):
        """A session starts."""

    class SessionsAsked(Message):
        """The recorded sessions are to be shown."""

    def __init__(self, session_api: SessionApi, charts: Mode = "braille", trouble: str = "") -> None:
        """`trouble` is shown at first: why the command line's session could not start."""
        super().__init__(session_api)
        self._mode: Mode = charts
        self._trouble = trouble
        self._told = ""
        """What is said of the last start."""
        self._targets: list[TargetInfo] = []
        self._doctor: list[str] = []
        self._planned: PresetInfo | None = None
        """What the chosen preset would run with the person's changes."""
        self._drawn: PresetInfo | None = None
        """What the screen shows."""
        self._changes = Changes()
        self._rows: tuple[TargetRow, ...] = ()
        """The targets to choose from: the preset's, then others that serve its workload."""
        self._checked: set[str] = set()
        """The names of the checked targets."""
        self._docker_answers: bool | None = None
        """None until a preset needs to know."""

    def compose(self) -> ComposeResult:
        """Two columns, and the keys."""
        yield Panel(id="brand")
        with Horizontal(id="lobby"):
            with Vertical(id="choose"):
                yield Input(placeholder="/ search", id="search", compact=True)
                yield Choices(id="presets", compact=True)
            with Vertical(id="plan"):
                yield Panel(id="about")
                yield Panel(id="shape")
                yield Panel(id="course")
                yield Choices(id="targets", compact=True)
                yield Panel(id="doctor")
        yield Static(id="trouble", markup=False)
        yield KeyBar(self.TABLE)
        yield self.too_small_notice()

    def on_mount(self) -> None:
        """Lists presets and targets, and chooses the first preset."""
        self._targets, self._doctor = self.session_api.targets(), self.session_api.doctor()
        self.query_one("#targets").border_title = "targets"
        self.query_one("#course", Panel).set_titles("what happens when")
        self.list_presets()
        self._show_trouble(self._trouble)
        self.call_after_refresh(self.redraw)

    def draw_charts(self, mode: Mode) -> None:
        """Draws the load shape in this way from now on."""
        self._mode = mode
        self.redraw()

    def now(self) -> Now:
        """The focused part, and whether the chosen preset can be started."""
        pane = self.focused.id if self.focused else None
        chosen = self.chosen
        return Now(
            pane=pane or "",
            search=self.search,
            model=chosen.model if chosen else "closed",
            is_usable=chosen is not None and not chosen.error,
            offered_database=offered_database(chosen, self._changes) if chosen else "",
            docker_answers=self._docker_answers,
        )

    # ------------------------------------------------------------ drawing

    def redraw(self) -> None:
        """Draws what depends on the size and the chosen preset."""
        if self.is_leaving:
            return
        brand = (
            Span(" abreast", "accent bold"),
            Span("  live side-by-side load testing of web servers", "dim"),
        )
        panel = self.query_one("#brand", Panel)
        panel.show((fit(brand, panel.size.width),))
        self.query_one(KeyBar).draw(self.now())
        self.draw_list()
        about, shape, course = (self.query_one(f"#{name}", Panel) for name in ("about", "shape", "course"))
        notes = note_rows(self._doctor, self.query_one("#doctor").size.width)
        self._draw_high(self.query_one("#doctor", Panel), notes)
        self._drawn = planned = self._planned
        if planned is None:
            about.show((fit((Span(" no preset matches the search", "dim"),), about.size.width),))
            shape.show(())
            course.display = False
            return
        rows = plan_rows(planned, self._changes, about.size.width, docker_answers=self._docker_answers)
        self._draw_high(about, rows)
        shape.set_titles(shape_title(planned), content_of(turns_legend(planned)))
        shape.show(shape_rows(planned, shape.size.width, shape.size.height, self._mode))
        course.display = self.size.height >= COURSE_NEEDS_ROWS and not planned.error
        if course.display:
            most = self.size.height - OTHERS_NEED_ROWS
            self._draw_high(course, course_rows(planned, course.size.width, most), frame=2)

    @staticmethod
    def _draw_high(panel: Panel, rows: tuple[Row, ...], *, frame: int = 0) -> None:
        """Draws rows in a panel that is as high as they are."""
        panel.styles.height = max(len(rows), 1) + frame
        panel.show(rows)

    @on(Panel.Resized)
    def _resized(self) -> None:
        self._show_trouble(self._told)
        self.redraw()

    def on_screen_resume(self) -> None:
        """Draws after layout."""
        self.call_after_refresh(self.redraw)

    def _show_trouble(self, text: str) -> None:
        self._told = text
        trouble = self.query_one("#trouble", Static)
        lines = visible(text).splitlines()
        trouble.update("\n".join(hung(line, max(1, self.size.width - 2)) for line in lines))
        trouble.display = bool(text)

    # ------------------------------------------------------------ choosing

    def choose(self, preset: PresetInfo | None) -> None:
        """Shows a preset, with its targets to choose from."""
        if preset == self.chosen:
            return
        self.chosen = self._planned = preset
        self._changes = Changes()
        self._show_trouble("")
        usable = None if preset is None or preset.error else preset
        self._rows = self._checkable(usable) if usable else ()
        self._checked = {row.name for row in usable.targets} if usable else set()
        choices = self.query_one("#targets", Choices)
        choices.set_options(Option(self._target_line(row)) for row in self._rows)
        self.set_class(preset is None or bool(preset.error), "-unusable")
        if usable and usable.published_database and self._docker_answers is None:
            self.run_worker(self._look_for_docker(), exclusive=True)
        self.call_after_refresh(self.redraw)

    async def _look_for_docker(self) -> None:
        self._docker_answers = await self.session_api.docker_answers()
        self.redraw()

    def _checkable(self, preset: PresetInfo) -> tuple[TargetRow, ...]:
        """The preset's targets with their options, then others that serve its workload."""
        names = {row.name for row in preset.targets}
        others = (
            TargetRow(info.name, info.name, info.name, info.server, info.about)
            for info in self._targets
            if preset.workload in info.workloads and info.name not in names
        )
        return (*preset.targets, *others)

    def _target_line(self, row: TargetRow) -> Content:
        width = max(14, *(len(plain(each.label)) for each in self._rows))
        about = " · ".join(plain(part) for part in (row.server, row.about) if part)
        box = ("[x] ", "bold $abreast-good") if row.name in self._checked else ("[ ] ", "$abreast-dim")
        return Content.assemble(box, f"{plain(row.label):<{width}} ", (about, "$abreast-dim"))

    def _checked_targets(self, preset: PresetInfo) -> tuple[str, ...]:
        """The checked targets as text; empty if they are exactly the preset's."""
        checked = tuple(row for row in self._rows if row.name in self._checked)
        return () if checked == preset.targets else tuple(row.text for row in checked)

    def _choice(self, changes: Changes | None = None) -> Choice:
        """What would be started: the chosen preset with changes."""
        assert self.chosen is not None
        changes = changes or self._changes
        return Choice(
            self.chosen.name,
            self._checked_targets(self.chosen),
            changes.users,
            changes.seconds,
            changes.runtime,
            changes.database,
        )

    # ------------------------------------------------------------ commands

    @on(Choices.DoubleClicked, "#presets")
    def action_start(self) -> None:
        """Starts the preset that is shown, with the checked targets, or shows why it cannot. In the search,
        chooses the best match."""
        self.choose_highlighted()
        preset = self.chosen
        if self.now().pane == "search":
            self.leave_search()
        elif preset is None:
            self._show_trouble("no preset matches the search\n  hint: esc clears the search")
        elif self._drawn is not self._planned:  # nothing starts before it was shown
            self.redraw()
            self.call_after_refresh(self.action_start)
        elif preset.error:
            self._show_trouble(f"{preset.name} cannot be started: correct its file first")
        elif not self._checked:
            self._show_trouble("no target is checked\n  hint: tab goes to the targets, space checks one")
        else:
            try:
                self.session_api.start(self._choice())
            except AbreastError as error:
                self._show_trouble(str(error))
            else:
                self.post_message(self.Started())

    @on(OptionList.OptionSelected, "#targets")
    def _clicked_target(self) -> None:
        self.action_check()

    def action_check(self) -> None:
        """Checks or unchecks the highlighted target."""
        choices = self.query_one("#targets", OptionList)
        at = choices.highlighted
        if not choices.has_focus or at is None:
            return
        row = self._rows[at]
        self._checked ^= {row.name}
        choices.replace_option_prompt_at_index(at, self._target_line(row))
        self._changed(self._changes)

    def action_sessions(self) -> None:
        """Shows the recorded sessions."""
        self.post_message(self.SessionsAsked())

    def action_next_pane(self) -> None:
        """Switches from presets or search to the targets, and back."""
        choices = self.query_one("#targets", OptionList)
        if choices.has_focus:
            self.set_focus(self.query_one("#presets"))
        else:
            self.leave_search()
            self.set_focus(choices)
            choices.highlighted = choices.highlighted or 0

    def action_set_users(self) -> None:
        """Asks for a number of users to hold instead of the plan's stages; empty keeps these."""
        prompt: PromptScreen[Changes] = PromptScreen(
            long_unit(is_open=False),
            lambda text: self._possible(
                replace(self._changes, users=parse_load(text, is_open=False) if text else None)
            ),
            hint="held for the whole run; empty keeps the plan's stages",
            value="" if self._changes.users is None else str(self._changes.users),
        )
        self.app.push_screen(prompt, self.unless_leaving(self._changed))

    def action_set_seconds(self) -> None:
        """Asks for the duration; empty keeps the plan's."""
        prompt: PromptScreen[Changes] = PromptScreen(
            "duration",
            lambda text: self._possible(
                replace(self._changes, seconds=parse_duration(text) if text else None)
            ),
            hint='"90", "2 min" or "1m30s"; empty keeps the plan\'s',
            value="" if self._changes.seconds is None else f"{self._changes.seconds:g} s",
        )
        self.app.push_screen(prompt, self.unless_leaving(self._changed))

    def action_set_runtime(self) -> None:
        """Switches between local processes and containers."""
        if self.chosen is not None:
            default = self.chosen.runtime
            other = "local" if default == "docker" else "docker"
            runtime = "" if self._changes.runtime else other
            self._changed(replace(self._changes, runtime=runtime, database=""))

    def action_set_database(self) -> None:
        """Switches between SQLite files and the kind of server that the preset was published with."""
        if self.chosen is not None:
            kind = offered_database(self.chosen, self._changes)
            self._changed(replace(self._changes, database="" if self._changes.database else kind))

    def _possible(self, changes: Changes) -> Changes:
        """The changes, if the preset can be run with them. Raises AbreastError."""
        if self._checked:
            self.session_api.planned(self._choice(changes))
        return changes

    def _changed(self, changes: Changes | None) -> None:
        """Shows what the preset would run with these changes; if that is impossible, why."""
        if changes is None or self.chosen is None:
            return
        self._changes = changes
        self._show_trouble("")
        try:
            self._planned = self.session_api.planned(self._choice()) if self._checked else self.chosen
        except AbreastError as error:
            self._show_trouble(str(error))
        self.redraw()
