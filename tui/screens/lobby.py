"""The lobby: choose a preset and its targets; Enter starts them."""

from dataclasses import replace

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from engine.plan.plan import parse_duration
from targets.errors import AbreastError
from targets.plain_text import visible
from tui.availability import Now
from tui.commands.key_command import bindings
from tui.commands.lobby import LOBBY
from tui.screens.page import Page
from tui.screens.prompts import PromptScreen
from tui.screens.user_count import parse_users
from tui.session_api import Choice, PresetInfo, SessionApi, TargetInfo, TargetRow
from tui.views.plan_summary import Changes, offered_database, plan_rows, shape_rows
from tui.views.raster import Mode
from tui.views.rows import Span, fit, plain
from tui.widgets.key_bar import KeyBar
from tui.widgets.panel import Panel


class LobbyScreen(Page):
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
        super().__init__()
        self.session_api = session_api
        self._mode: Mode = charts
        self._trouble = trouble
        self._presets: list[PresetInfo] = []
        self._offered: list[PresetInfo] = []
        """The presets that match the search, in order."""
        self._targets: list[TargetInfo] = []
        self._chosen: PresetInfo | None = None
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
                yield OptionList(id="presets", compact=True)
            with Vertical(id="plan"):
                yield Panel(id="about")
                yield Panel(id="shape")
                yield OptionList(id="targets", compact=True)
                yield Static(id="doctor", markup=False)
        yield Static(id="trouble", markup=False)
        yield KeyBar(self.TABLE)
        yield self.too_small_notice()

    def on_mount(self) -> None:
        """Lists presets and targets, and chooses the first preset."""
        self._presets, self._targets = self.session_api.presets(), self.session_api.targets()
        self.query_one("#presets").border_title = "presets"
        self.query_one("#targets").border_title = "targets"
        self.query_one("#shape", Panel).set_titles("load shape")
        self.query_one("#doctor", Static).update(
            "\n".join(f"· {plain(line)}" for line in self.session_api.doctor())
        )
        self._offer("")
        self.set_focus(self.query_one("#presets"))
        self._show_trouble(self._trouble)
        self.call_after_refresh(self.redraw)

    def now(self) -> Now:
        """The focused part, and whether the chosen preset can be started."""
        pane = self.focused.id if self.focused else None
        chosen = self._chosen
        return Now(
            pane=pane or "",
            is_usable=chosen is not None and not chosen.error,
            offered_database=offered_database(chosen, self._changes) if chosen else "",
            docker_answers=self._docker_answers,
        )

    @on(events.DescendantFocus)
    def _other_pane(self) -> None:
        self.query_one(KeyBar).draw(self.now())

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
        about, shape = self.query_one("#about", Panel), self.query_one("#shape", Panel)
        if self._chosen is None:
            about.show((fit((Span(" no preset matches the search", "dim"),), about.size.width),))
            shape.show(())
            return
        rows = plan_rows(self._chosen, self._changes, about.size.width, docker_answers=self._docker_answers)
        about.styles.height = len(rows)
        about.show(rows)
        stages = self._chosen.stages
        shape.show(shape_rows(stages, shape.size.width, shape.size.height, self._mode) if stages else ())

    @on(Panel.Resized)
    def _resized(self) -> None:
        self.redraw()

    def on_screen_resume(self) -> None:
        """Draws after layout."""
        self.call_after_refresh(self.redraw)

    def _show_trouble(self, text: str) -> None:
        trouble = self.query_one("#trouble", Static)
        trouble.update(visible(text))
        trouble.display = bool(text)

    # ------------------------------------------------------------ choosing

    def _offer(self, search: str) -> None:
        """Lists the presets that contain every word of the search."""
        words = search.lower().split()
        self._offered = [
            preset
            for preset in self._presets
            if all(
                word in f"{preset.name} {preset.title} {preset.workload} {preset.source}".lower()
                for word in words
            )
        ]
        presets = self.query_one("#presets", OptionList)
        presets.clear_options()
        presets.add_options(Option(_preset_line(preset)) for preset in self._offered)
        presets.highlighted = 0 if self._offered else None
        self._choose(self._offered[0] if self._offered else None)

    def _choose(self, preset: PresetInfo | None) -> None:
        if preset == self._chosen:
            return
        self._chosen = preset
        self._changes = Changes()
        self._show_trouble("")
        usable = None if preset is None or preset.error else preset
        self._rows = self._checkable(usable) if usable else ()
        self._checked = {row.name for row in usable.targets} if usable else set()
        choices = self.query_one("#targets", OptionList)
        choices.clear_options()
        choices.add_options(Option(self._target_line(row)) for row in self._rows)
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

    @on(Input.Changed, "#search")
    def _searched(self, event: Input.Changed) -> None:
        self._offer(event.value)

    @on(OptionList.OptionHighlighted, "#presets")
    def _highlighted(self, event: OptionList.OptionHighlighted) -> None:
        if event.option_index < len(self._offered):
            self._choose(self._offered[event.option_index])

    # ------------------------------------------------------------ commands

    def action_start(self) -> None:
        """Starts the chosen preset with the checked targets, or shows why it cannot."""
        preset = self._chosen
        if preset is None:
            self._show_trouble("no preset matches the search\n  hint: clear the search")
        elif preset.error:
            self._show_trouble(f"{preset.name} cannot be started: correct its file first")
        elif not self._checked:
            self._show_trouble("no target is checked\n  hint: tab goes to the targets, space checks one")
        else:
            try:
                changes, targets = self._changes, self._checked_targets(preset)
                self.session_api.start(
                    Choice(
                        preset.name,
                        targets,
                        changes.users,
                        changes.seconds,
                        changes.runtime,
                        changes.database,
                    )
                )
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

    def action_sessions(self) -> None:
        """Shows the recorded sessions."""
        self.post_message(self.SessionsAsked())

    def action_search(self) -> None:
        """Focuses the search."""
        self.query_one("#search").focus()

    def action_leave_search(self) -> None:
        """Returns to the presets that match the search."""
        self.query_one("#presets").focus()

    def action_next_pane(self) -> None:
        """Switches from presets or search to the targets, and back."""
        choices = self.query_one("#targets", OptionList)
        if choices.has_focus:
            self.query_one("#presets").focus()
        else:
            choices.focus()
            choices.highlighted = choices.highlighted or 0

    def action_set_users(self) -> None:
        """Asks for a number of users to hold instead of the plan's stages; empty keeps these."""
        prompt: PromptScreen[Changes] = PromptScreen(
            "virtual users",
            lambda text: replace(self._changes, users=parse_users(text) if text else None),
            hint="held for the whole run; empty keeps the plan's stages",
            value="" if self._changes.users is None else str(self._changes.users),
        )
        self.app.push_screen(prompt, self.unless_leaving(self._changed))

    def action_set_seconds(self) -> None:
        """Asks for the duration; empty keeps the plan's."""
        prompt: PromptScreen[Changes] = PromptScreen(
            "duration",
            lambda text: replace(self._changes, seconds=parse_duration(text) if text else None),
            hint='"30 s", "2 m"; empty keeps the plan\'s',
            value="" if self._changes.seconds is None else f"{self._changes.seconds:g} s",
        )
        self.app.push_screen(prompt, self.unless_leaving(self._changed))

    def action_set_runtime(self) -> None:
        """Switches between local processes and containers."""
        if self._chosen is not None:
            default = self._chosen.runtime
            other = "local" if default == "docker" else "docker"
            runtime = "" if self._changes.runtime else other
            self._changed(replace(self._changes, runtime=runtime, database=""))

    def action_set_database(self) -> None:
        """Switches between SQLite files and the kind of server that the preset was published with."""
        if self._chosen is not None:
            kind = offered_database(self._chosen, self._changes)
            self._changed(replace(self._changes, database="" if self._changes.database else kind))

    def _changed(self, changes: Changes | None) -> None:
        if changes is not None:
            self._changes = changes
            self.redraw()


def _preset_line(preset: PresetInfo) -> Content:
    if preset.error:
        return Content.assemble(("✖ ", "$error"), plain(preset.name))
    return Content.assemble((plain(preset.name), "bold"), "\n", (f"  {plain(preset.title)}", "$abreast-dim"))
