"""`abreast gate`: whether a revision of your own server is slower than another. Imports lazily."""

import argparse
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any

from targets.errors import UsageError, unknown
from targets.exit_codes import ExitCode
from tui.cli.argument_kinds import duration_s, share, whole_number
from tui.cli.common_arguments import add_live_metrics, add_log
from tui.cli.console import out, out_document, say
from tui.cli.parser import Commands, sentence

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.answers.verdicts.revision_gate import GateDecision, Outcome
    from engine.answers.verdicts.verdict import Verdict
    from engine.plan.plan import Plan, Schedule
    from engine.session.session import Session
    from tui.cli.live_metrics import LiveMetrics

SCHEDULES: "tuple[Schedule, ...]" = ("duel", "turns")
"""The sessions of a gate: CPU time, which is decided soon, and then goodput and latency."""

EXAMPLES = """examples:
  abreast gate load/plan.toml --against main
  abreast gate plan.toml --against origin/main --max-slower 5% --strict
  abreast gate plan.toml --against v1.4 --users 20 --within "2 m"

Exit codes: 0 not slower, 1 slower or costlier, 4 undecided with --strict (without it 0, with a warning)."""


def add_command(commands: Commands) -> None:
    """Adds `gate`."""
    about = "check whether a revision of your own server is slower than another, for CI"
    gate = commands.add_parser(
        "gate",
        help=about,
        description=f"{sentence(about)} It runs both, in a duel and in turns, and gives a verdict.",
        epilog=EXAMPLES,
    )
    gate.add_argument("plan", metavar="FILE", help="a TOML file with a [[target]] that has a command")
    gate.add_argument("--against", required=True, metavar="REVISION", help="what to compare with: main, v1.4")
    gate.add_argument(
        "--candidate",
        default="work-tree",
        metavar="REVISION",
        help="what to judge (default: work-tree, your folder as it is)",
    )
    gate.add_argument("--target", metavar="NAME", help="which target, if the plan has several of its own")
    gate.add_argument(
        "--max-slower",
        type=share,
        metavar="SHARE",
        help="how much slower or costlier it may be, for example 5%% (default: not at all)",
    )
    gate.add_argument("--strict", action="store_true", help="exit code 4 if it is undecided")
    gate.add_argument("--json", action="store_true", help="print the decision as JSON")
    gate.add_argument("--users", type=whole_number, metavar="N", help="users of each revision")
    gate.add_argument(
        "--rounds",
        metavar="N",
        help="exactly this many rounds of each (default: as many as the verdicts need)",
    )
    gate.add_argument("--within", metavar="TIME", help='the limit of a duel, and of turns (default: "3 m")')
    gate.add_argument(
        "--ready-within", type=duration_s, metavar="TIME", help="how long each may take to become healthy"
    )
    gate.add_argument(
        "--accept-difference",
        action="store_true",
        default=None,
        help="go on if the revisions answer differently",
    )
    add_log(gate)
    add_live_metrics(gate)
    gate.set_defaults(run=gate_revisions)


def gate_revisions(arguments: argparse.Namespace) -> int:
    """`abreast gate`. Raises AbreastError if a session cannot begin or breaks off."""
    import anyio

    from tui.cli.runs import live_of

    sessions, was_interrupted = anyio.run(run_sessions, plans_of(arguments), live_of(arguments))
    if was_interrupted:
        return ExitCode.INTERRUPTED
    if any(session.any_target_failed for session in sessions):
        say("abreast: no verdict: a revision did not start, or ended by itself")
        return ExitCode.TARGET_FAILED
    decision = _decide(sessions, arguments.max_slower)
    if arguments.json:
        out_document(document(decision, [session.id for session in sessions], compared_in(sessions[-1])))
    for line in () if arguments.json else lines_of(decision, sessions):
        out(line)
    if decision.outcome == "undecided" and not arguments.strict:
        say("abreast: more rounds (--rounds) may decide it; with --strict, this is exit code 4")
    return exit_code(decision.outcome, strict=arguments.strict)


def plans_of(arguments: argparse.Namespace) -> "list[Plan]":
    """The plan of each session. Raises UsageError."""
    import presets
    from engine.plan.revisions import at_revisions, parse_revisions
    from tui.cli.runs import check_users

    check_users(arguments)
    plan = presets.load(arguments.plan)
    target = _target_of(plan, arguments.target)
    plan = plan.changed(targets=(target,), fault=(), profile=None) if target else plan
    revisions = [
        _one(parse_revisions(text, name), name)
        for name, text in (("--against", arguments.against), ("--candidate", arguments.candidate))
    ]
    plan, _ = at_revisions(plan, revisions)
    changes = {
        name: getattr(arguments, name) for name in ("rounds", "within", "ready_within", "accept_difference")
    }
    made = [plan.changed(users=arguments.users, schedule=each, **changes) for each in SCHEDULES]
    return [_saturating(each) if each.schedule == "duel" else each for each in made]


def _saturating(plan: "Plan") -> "Plan":
    """A plan of a duel with as many users as keep the targets busy."""
    from engine.metrics.duels import LEAST_USERS, MOST_USERS

    return plan.changed(users=min(max(plan.most_users, LEAST_USERS), MOST_USERS))


def exit_code(outcome: "Outcome", *, strict: bool) -> int:
    """The exit code of a decision."""
    if outcome == "failed":
        return ExitCode.THRESHOLD
    return ExitCode.UNTRUSTED if outcome == "undecided" and strict else ExitCode.DONE


def lines_of(decision: "GateDecision", sessions: "Sequence[Session]") -> list[str]:
    """The decision as lines: what was compared, each metric, and the outcome last."""
    against, candidate = (
        f"{each['label']} ({each['commit']})" if each["commit"] else each["label"]
        for each in compared_in(sessions[-1])
    )
    return [
        f"{candidate} against {against}",
        *(each.text for each in decision.judged),
        *(f"session {session.id}: abreast report {session.id} --format html" for session in sessions),
        f"{decision.outcome}: {decision.text}",
    ]


def _target_of(plan: "Plan", chosen: str | None) -> str:
    """The one target to gate; empty if the plan has none with a command. Raises UsageError."""
    names = [each.name for each in plan.targets if each.custom is not None and each.custom.command]
    if chosen is not None and chosen not in names:
        if not names:
            return ""
        raise unknown("target", chosen, names, hint="it must be a [[target]] with a command")
    if chosen is None and len(names) > 1:
        raise UsageError(
            f"{plan.title!r} has several targets of its own",
            why=f"a gate judges one: {', '.join(names)}",
            hint=f"choose one: --target {names[0]}",
        )
    return chosen or (names[0] if names else "")


def _one(revisions: tuple[str, ...], option: str) -> str:
    if len(revisions) > 1:
        raise UsageError(f"{option} names several revisions", hint=f"for example {option} {revisions[0]}")
    return revisions[0]


async def run_sessions(plans: "Sequence[Plan]", live: "LiveMetrics") -> "tuple[list[Session], bool]":
    """Runs the sessions, each with its figures going to `live`; those that ended, and whether a signal ended
    one."""
    import anyio

    from engine.session.session import opened
    from tui.cli import console, headless
    from tui.cli.live_metrics import sharing
    from tui.cli.signals import ending_with, never_suspended

    interrupted, done = anyio.Event(), []
    begun: list[Session] = []
    scraped, sent = live._replace(otlp=""), live._replace(prometheus=None)
    async with AsyncExitStack() as stack:
        stack.enter_context(ending_with(interrupted.set))
        stack.enter_context(never_suspended(say))
        stack.enter_context(console.without_waiting())
        await stack.enter_async_context(sharing(scraped, lambda: begun[-1] if begun else None))
        await headless.clean_up(interrupted)
        for plan in plans:
            if why := _why_not_here(plan):
                say(f"abreast: {why}")
                continue
            async with opened(plan) as session:
                begun.append(session)
                async with sharing(sent, lambda: begun[-1]):  # the last figures of each session are sent
                    await headless.follow(session, interrupted)
            if session.error and not session.any_target_failed:  # that says more than what follows from it
                raise session.error
            done.append(session)
            if interrupted.is_set() or session.any_target_failed:
                break
    return done, interrupted.is_set()


def _why_not_here(plan: "Plan") -> str:
    """Why this machine cannot hold the plan's duel; empty if it can, or if the plan is none."""
    from engine.machine import environment
    from engine.session.duel import check_duel
    from targets.errors import in_a_line

    plan = plan.for_cores(environment.usable_core_count())
    cores = environment.plan_cores(environment.available_cores(), plan.load_worker_count)
    try:
        check_duel(plan, cores)
    except UsageError as error:
        return f"CPU time is compared in turns only: {in_a_line(error)}"
    return ""


def _decide(sessions: "Sequence[Session]", most_slower: float | None) -> "GateDecision":
    from engine.answers.verdicts.revision_gate import decide
    from engine.answers.verdicts.verdict import verdicts
    from engine.metrics.session_result import session_result

    found: list[Verdict] = []
    labels: list[str] = []
    for session in sessions:
        result = session_result(session.snapshot)
        labels = [target.label for target in result.targets]
        found += verdicts(result)
    against, candidate = labels
    return decide(found, candidate, against, most_slower)


def compared_in(session: "Session") -> "list[dict[str, str]]":
    """What a session compared: the label and the commit of the revision compared with, then those of the one
    that is judged. The commit is empty where there is none."""
    targets = session.recorder.timeline.targets.values()
    return [{"label": each.added.label, "commit": each.added.versions.get("git", "")} for each in targets]


def document(
    decision: "GateDecision", session_ids: "Sequence[str]", compared: "Sequence[dict[str, str]]"
) -> "dict[str, Any]":
    """The decision as plain data. `compared` is what was compared with, and what was judged."""
    from engine.answers.verdicts.wording import verdict_document

    against, candidate = compared
    return {
        "schema": "abreast/gate@1",
        "outcome": decision.outcome,
        "text": decision.text,
        "against": against,
        "candidate": candidate,
        "metrics": [
            {**verdict_document(each.verdict), "finding": each.finding, "gates": each.gates}
            for each in decision.judged
        ],
        "sessions": list(session_ids),
    }
