"""What a session came to in sentences, for screen readers and logs. Pure.

Figures are those of `engine.metrics.session_result`; nothing is computed here.
"""

from collections.abc import Iterator, Sequence

from engine.answers.capacity.result import capacity_of
from engine.answers.capacity.wording import notes, sentences
from engine.answers.claims import IN_WORDS
from engine.answers.hints import Hint
from engine.answers.reported import answers_of
from engine.answers.result_sentence import facts, summary
from engine.answers.verdicts.verdict import verdicts
from engine.answers.verdicts.wording import verdict_text
from engine.metrics import formatting
from engine.metrics import sentences as words
from engine.metrics.load_unit import unit_of
from engine.metrics.recovery import recovery_text
from engine.metrics.sentences import capitalized
from engine.metrics.session_result import SessionResult, TargetResult
from engine.metrics.window_stats import LevelStats, WindowStats
from tui.cli.plain_text import errors_text, sentence, spoken
from tui.views.generator_light import light_lines
from tui.views.next_steps import next_commands
from tui.views.rows import plain


def plain_result_lines(result: SessionResult, hints: Sequence[Hint] = ()) -> list[str]:
    """All of the results, a sentence in each line; the commands at the end are as they are typed."""
    if not result.targets:
        return [sentence(f"{result.title}: ended before any target started")]
    found = [each for each in _sentences(result, hints) if each]
    return [*found, *(plain(each.text) for each in next_commands(result))]


def _sentences(result: SessionResult, hints: Sequence[Hint]) -> Iterator[str]:
    yield sentence(f"Result of {result.title}")
    yield sentence(summary(result))
    yield _capital(facts(result))
    yield sentence(result.quick)
    if (capacity := capacity_of(result)) is not None:
        for target in capacity.targets:
            yield from map(sentence, sentences(capacity, target))
        yield from map(sentence, notes(capacity))
        return
    yield from (_target(result, target) for target in result.targets)
    yield from (sentence(verdict_text(each)) for each in verdicts(result))
    yield from _thresholds(result)
    yield from _claims(result)
    yield from _recoveries(result)
    yield from _steered(result)
    yield from (sentence(f"Hint: {hint.text}") for hint in hints)
    yield from (sentence(_level(target, level)) for target in result.targets for level in _levels(target))
    yield from map(_capital, light_lines(result.health))
    if result.health.contended:
        yield _capital(words.contended(result.schedule))


def _capital(text: str) -> str:
    """A text that begins with no name, as a sentence."""
    words = sentence(text)
    return capitalized(words)


def _target(result: SessionResult, target: TargetResult) -> str:
    """One target's figures."""
    name = f"{spoken(target.label)} ({spoken(target.server)})"
    if target.trouble:
        return sentence(f"{name} {target.state}: {'; '.join(target.trouble.splitlines())}")
    if not target.stats.asked:
        return sentence(f"{name}: no figures")
    parts = [*_figures(target.stats)]
    baseline = result.target(result.baseline)
    if target.ratio is not None and baseline is not None:
        parts.insert(1, f"{formatting.ratio(target.ratio)} {spoken(baseline.label)}")
    if (cpu := target.usage.cpu_mean_pct) is not None:
        parts.append(f"{formatting.whole_percent(cpu)} CPU")
    if (memory := target.usage.memory_max_mb) is not None:
        parts.append(formatting.memory(memory))
    return sentence(f"{name}: {', '.join(parts)}")


def _figures(stats: WindowStats) -> Iterator[str]:
    yield f"{formatting.tidy(formatting.rate(stats.goodput))} successful requests a second"
    for share, figure in (("half", stats.p50), ("95 %", stats.p95), ("99 %", stats.p99)):
        if figure.value_ms is not None:
            yield f"{share} within {formatting.tidy(formatting.duration(figure.value_ms))}"
    yield errors_text(stats)


def _levels(target: TargetResult) -> Sequence[LevelStats]:
    """Its levels of load, where there are several."""
    return target.held if len(target.held) > 1 else ()


def _level(target: TargetResult, level: LevelStats) -> str:
    unit = "arrivals a second" if level.stats.arrivals is not None else unit_of(level.wanted, "users")
    steered = ", steered by hand" if level.is_steered else ""
    return f"{spoken(target.label)} at {level.wanted} {unit}{steered}: {', '.join(_figures(level.stats))}"


def _thresholds(result: SessionResult) -> Iterator[str]:
    missed = [each for each in result.thresholds if not each.passed]
    if result.thresholds and not missed:
        yield "All targets met the SLO."
    for each in missed:
        target = result.target(each.target)
        label = spoken(target.label if target else each.target)
        text = words.threshold(each.measured, each.limit, each.latency_ms, each.stalled_s)
        yield sentence(f"{label} missed the SLO: {text}")


def _claims(result: SessionResult) -> Iterator[str]:
    for each in answers_of(result).claims:
        yield sentence(f"Claim {each.claim.id} {IN_WORDS[each.outcome]}: {each.claim.text}")


def _steered(result: SessionResult) -> Iterator[str]:
    """What a person changed while it ran."""
    for each in result.by_hand:
        target = result.target(each.target)
        who = f"{spoken(target.label)}: " if target else ""
        yield sentence(f"Steered at {formatting.stretch(each.t_s)}, {who}{each.text}")


def _recoveries(result: SessionResult) -> Iterator[str]:
    for each in result.recoveries:
        if target := result.target(each.target):
            yield sentence(f"{spoken(target.label)}, {recovery_text(each)}")
