"""What the live screen's keys do: each reads the newest snapshot and sends the session one command."""

from collections.abc import Callable
from typing import Any

from engine.metrics.load_unit import long_unit
from engine.metrics.target_snapshot import TargetSnapshot
from engine.plan import commands
from engine.plan.faults import KINDS, UNDO, Fault, check_fault, parse_fault
from engine.plan.plan import MAX_USERS, parse_think_time
from engine.plan.targets import Runtime, TargetChoice
from engine.plan.values import parse_duration
from engine.preflight.requirements import check_requirements
from engine.protocol.load_shape import BY_STEP
from targets import catalog
from targets.errors import UsageError, unknown
from targets.options import OPTIONS
from tui.availability.live import can_inject
from tui.screens.export_prompt import ExportPrompt
from tui.screens.focus import SteeringFocusScreen
from tui.screens.moving_stages import MovingStagesScreen
from tui.screens.options_form import OptionsForm
from tui.screens.profile import ProfileScreen
from tui.screens.prompts import ConfirmScreen, PromptScreen, Suggestion
from tui.screens.user_count import parse_load
from tui.session_api import SessionApi, TargetInfo
from tui.views.option_form import option_rows
from tui.views.rows import plain


class SteeredScreen(MovingStagesScreen):
    """A running session. Keys control all targets while linked, else the selected one."""

    session_api: SessionApi

    # ------------------------------------------------------------ what the keys control

    def controlled(self) -> tuple[TargetSnapshot, ...]:
        """The targets that the keys control now."""
        snapshot = self.newest()
        if snapshot is None:
            return ()
        return tuple(target for target in snapshot.targets if snapshot.linked or target.name == self.selected)

    def controlled_target(self) -> str | None:
        """The name of the target that the keys control; None for all."""
        snapshot = self.newest()
        return None if snapshot is None or snapshot.linked else self.selected

    def controlled_text(self) -> str:
        """The same in words."""
        snapshot, name = self.newest(), self.controlled_target()
        return plain(snapshot.label_of(name)) if snapshot and name else "all targets"

    # ------------------------------------------------------------ users and load

    def action_users_up(self) -> None:
        """Adds a user."""
        self.session_api.send(commands.ChangeUsers(self.controlled_target(), 1))

    def action_users_down(self) -> None:
        """Removes a user."""
        self.session_api.send(commands.ChangeUsers(self.controlled_target(), -1))

    def action_users_up_10(self) -> None:
        """Adds ten users."""
        self.session_api.send(commands.ChangeUsers(self.controlled_target(), 10))

    def action_users_down_10(self) -> None:
        """Removes ten users."""
        self.session_api.send(commands.ChangeUsers(self.controlled_target(), -10))

    def action_set_users(self) -> None:
        """Asks for a number of users, in the open model of arrivals a second."""
        name = self.controlled_target()
        controlled = self.controlled()
        is_open = any(target.load.arrivals_wanted is not None for target in controlled)
        wanted = (
            target.load.arrivals_wanted if is_open else target.load.users_wanted for target in controlled
        )
        users = max((each or 0 for each in wanted), default=0)
        self._ask(
            f"{long_unit(is_open=is_open)} {'at' if is_open else 'of'} {self.controlled_text()}",
            lambda text: commands.SetUsers(name, parse_load(text, is_open=is_open)),
            hint=f"a whole number, 0 to {MAX_USERS:,}",
            value=str(users),
        )

    def action_follow_plan(self) -> None:
        """Lets the plan control the users again."""
        self.session_api.send(commands.HandBack(self.controlled_target()))

    def action_link(self) -> None:
        """Switches the keys between all targets and the selected one."""
        snapshot = self.newest()
        if snapshot is not None:
            self.session_api.send(commands.SetLinked(not snapshot.linked))

    def action_pause(self) -> None:
        """Pauses the load, or resumes it if all of it is paused."""
        paused = all(target.load.paused for target in self.controlled())
        self.session_api.send(
            commands.Resume(self.controlled_target()) if paused else commands.Pause(self.controlled_target())
        )

    def action_duel(self) -> None:
        """Turns the race into a duel, or ends it."""
        snapshot = self.newest()
        is_duel = snapshot is not None and snapshot.duel is not None
        self.session_api.send(commands.EndDuel() if is_duel else commands.BeginDuel())

    def action_think_time(self) -> None:
        """Asks for a think time."""
        name, snapshot = self.controlled_target(), self.newest()

        def make(text: str) -> commands.SetThinkTime:
            parse_think_time(text)
            return commands.SetThinkTime(name, text)

        self._ask(
            f"think time of {self.controlled_text()}",
            make,
            hint='"none", "500 ms", "1 s to 2 s" or "about 1 s"',
            value="" if snapshot is None or snapshot.think_time.startswith(BY_STEP) else snapshot.think_time,
        )

    def action_delay(self) -> None:
        """Asks for the model's time, or the upstream's delay and errors."""
        name, snapshot = self.controlled_target(), self.newest()
        workload = snapshot.workload if snapshot else ""
        if workload == "upstream":
            self._ask("delay and errors of the upstream", parse_upstream, hint='"200 ms" or "200 ms, 10 %"')
        else:
            self._ask(
                f"time of the model for {self.controlled_text()}",
                lambda text: commands.SetModelTime(name, parse_seconds(text)),
                hint='"2 s", up to 30 s',
            )

    def action_workload(self) -> None:
        """Asks for a workload that all targets serve."""
        snapshot = self.newest()
        present = {target.name.partition("#")[0] for target in snapshot.targets} if snapshot else set()
        infos = [info for info in self.session_api.targets() if info.name in present]
        self._ask(
            "workload of all targets",
            lambda text: commands.SetWorkload(check_workload(text, infos)),
            value=snapshot.workload if snapshot else "",
            suggestions=[
                Suggestion(name) for name in sorted({name for info in infos for name in info.workloads})
            ],
        )

    # ------------------------------------------------------------ targets

    def action_add_target(self) -> None:
        """Asks for a target to add."""
        infos = self.session_api.targets()
        self._ask(
            "add a target",
            lambda text: commands.AddTarget(check_target(text, infos)),
            hint="with options: fastapi:workers=4 (see: abreast targets)",
            suggestions=[Suggestion(info.name, f"{info.server} · {info.about}") for info in infos],
            continued=continued_target,
        )

    def action_set_options(self) -> None:
        """Asks for the selected target's options."""
        if (target := self.target()) is None:
            return
        use = catalog.TARGETS[target.name.partition("#")[0]]

        def make(text: str) -> commands.SetOptions:
            runtime: Runtime = "docker" if target.runtime == "docker" else "local"
            check_requirements(TargetChoice.parse(f"{use.name}:{text}"), runtime)
            return commands.SetOptions(target.name, text)

        form: OptionsForm[commands.SetOptions] = OptionsForm(
            f"options of {plain(target.label)}", option_rows(use, target.options), make
        )
        self.app.push_screen(form, self.unless_leaving(self._answered))

    def action_remove_target(self) -> None:
        """Removes the selected target; asks first if it runs."""
        if (target := self.target()) is None:
            return
        command = commands.RemoveTarget(target.name)
        if target.state in ("failed", "died", "stopped"):
            self.session_api.send(command)
        else:
            then = "keeps running" if target.runtime == "attached" else "stops"
            self._confirm(f"remove {plain(target.label)}?", f"Its users stop and it {then}.", command)

    def action_restart(self) -> None:
        """Restarts the selected target, or starts it if it is stopped."""
        if self.selected:
            self.session_api.send(commands.RestartTarget(self.selected))

    def action_kill(self) -> None:
        """Kills the selected target, after a question."""
        if (target := self.target()) is not None:
            self._confirm(
                f"kill {plain(target.label)}?",
                "Its processes end at once and its users keep sending requests; r restarts it.",
                commands.InjectFault(target.name, Fault("kill")),
            )

    def action_fault(self) -> None:
        """Asks for a fault to inject, or undoes active ones."""
        target, snapshot = self.target(), self.newest()
        if target is None or snapshot is None:
            return
        workload = snapshot.workload

        def make(text: str) -> commands.Command:
            if text == UNDO:
                return commands.UndoFaults(target.name)
            fault = parse_fault(text)
            check_fault(fault, target=target.name, runtime=target.runtime, workload=workload)
            return commands.InjectFault(target.name, fault)

        suggestions = fault_suggestions(target, workload)
        self._ask(
            f"inject a fault into {plain(target.label)}",
            make,
            hint="with a duration: pause for 5 s; without one it lasts until you undo it",
            value=suggestions[0].value if suggestions else "",
            suggestions=suggestions,
        )

    # ------------------------------------------------------------ the session

    def action_focus_target(self) -> None:
        """Shows only the selected target, and what steers it."""
        self.app.push_screen(SteeringFocusScreen(self.session_api, self))

    def action_profile(self) -> None:
        """Shows profiles; without any, samples what the keys control."""
        now = self.now()
        is_first = now.phase == "running" and not now.profiles and not now.is_sampled
        self.app.push_screen(ProfileScreen(self.session_api, self.controlled_target(), at_once=is_first))

    def action_note(self) -> None:
        """Asks for a note."""
        self._ask(
            "note",
            lambda text: commands.Note(check_note(text)),
            hint="it is recorded with the session",
        )

    def action_export(self) -> None:
        """Asks for formats, and exports the session so far."""

        def answered(formats: tuple[str, ...] | None) -> None:
            if formats:
                self.session_api.send(commands.Export(formats))

        self.app.push_screen(ExportPrompt(), self.unless_leaving(answered))

    # ------------------------------------------------------------ asking

    def _ask(self, title: str, make: Callable[[str], commands.Command], **more: Any) -> None:
        prompt: PromptScreen[commands.Command] = PromptScreen(title, make, **more)
        self.app.push_screen(prompt, self.unless_leaving(self._answered))

    def _answered(self, command: commands.Command | None) -> None:
        if command is not None:
            self.session_api.send(command)

    def _confirm(self, question: str, consequence: str, command: commands.Command) -> None:
        def answered(yes: bool | None) -> None:
            if yes:
                self.session_api.send(command)

        self.app.push_screen(ConfirmScreen(question, consequence), self.unless_leaving(answered))


# ---------------------------------------------------------------- checks


def parse_seconds(text: str) -> float:
    """A time. Raises UsageError."""
    try:
        return parse_duration(text)
    except ValueError as error:
        raise UsageError(str(error)) from error


def parse_upstream(text: str) -> commands.SetUpstream:
    """A delay, and after a comma a share of errors. Raises UsageError."""
    delay, comma, share = text.partition(",")
    try:
        rate = float(share.strip().removesuffix("%")) / 100 if comma else None
    except ValueError:
        raise UsageError(f"{share.strip()!r} is not a share of errors", hint="for example 10 %") from None
    return commands.SetUpstream(parse_seconds(delay.strip()) if delay.strip() else None, rate)


def fault_suggestions(target: TargetSnapshot, workload: str) -> list[Suggestion]:
    """The faults that can be injected into a target, as text; first how to undo active ones."""
    found = [Suggestion(UNDO, f"ends {', '.join(target.faults)}")] if target.faults else []
    for kind, traits in KINDS.items():
        value = f" {traits.example}" if traits.example else ""
        text = f"{kind}{value}" + ("" if traits.is_momentary else " for 5 s")
        if can_inject(parse_fault(text), target, workload):
            found.append(Suggestion(text, traits.about))
    return found


def check_workload(name: str, infos: list[TargetInfo]) -> str:
    """The workload, if all these targets serve it. Raises UsageError."""
    known = sorted({workload for info in infos for workload in info.workloads})
    if name not in known:
        raise unknown("workload", name, known)
    unable = [info.name for info in infos if name not in info.workloads]
    if unable:
        raise UsageError(
            f"{', '.join(unable)} cannot serve {name!r}", hint="remove it first, or choose another workload"
        )
    return name


def check_target(text: str, infos: list[TargetInfo]) -> str:
    """The target, if it is in the catalogue; the session checks its options. Raises UsageError."""
    name = text.partition(":")[0].strip()
    if name not in {info.name for info in infos}:
        raise unknown("target", name, [info.name for info in infos])
    return text


def continued_target(text: str) -> list[Suggestion]:
    """What can follow in a target that is typed: options that it takes, and words that an option may be."""
    name, *parts = text.split(":")
    if name not in catalog.TARGETS or (not parts and text != name):
        return []
    use, last = catalog.TARGETS[name], parts[-1] if parts else ""
    head = text.removesuffix(last) if parts else f"{text}:"
    option, equals, value = last.partition("=")
    if equals:
        words = getattr(use.kind(option), "words", ()) if option in use.options else ()
        return [Suggestion(f"{head}{option}={word}") for word in words if word.startswith(value)]
    given = {part.partition("=")[0] for part in parts[:-1]}
    return [
        Suggestion(f"{head}{each}=", use.kind(each).range)
        for each in OPTIONS
        if each in use.options - given and each.startswith(last)
    ]


def check_note(text: str) -> str:
    """The note, if it is not empty. Raises UsageError."""
    if not text:
        raise UsageError("a note cannot be empty")
    return text
