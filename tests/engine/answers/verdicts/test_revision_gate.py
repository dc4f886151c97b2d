"""What a gate makes of verdicts."""

from dataclasses import replace

import pytest

from engine.answers.verdicts.observations import VerdictMetric
from engine.answers.verdicts.revision_gate import Finding, GateDecision, decide
from engine.answers.verdicts.verdict import Outcome, Verdict
from tests.support.made_verdicts import FASTER

GOODPUT = replace(
    FASTER,
    target="mine#2",
    baseline="mine",
    outcome="equivalent",
    target_label="HEAD",
    baseline_label="main",
    ratio=1.0,
    interval=(0.995, 1.005),
)


def verdict(
    metric: VerdictMetric, outcome: Outcome, ratio: float, low: float, high: float, more: int | None = None
) -> Verdict:
    return replace(
        GOODPUT, metric=metric, outcome=outcome, ratio=ratio, interval=(low, high), more_rounds=more
    )


def decided(*found: Verdict, most_slower: float | None = None) -> GateDecision:
    return decide(found, "HEAD", "main", most_slower)


def finding(of: Verdict, most_slower: float | None = None) -> Finding:
    (judged,) = decided(of, most_slower=most_slower).judged
    return judged.finding


SLOWER = verdict("goodput", "worse", 0.8, 0.75, 0.86)
COSTLIER = verdict("cpu", "worse", 1.3, 1.28, 1.32)
OPEN = verdict("p95", "undecided", 1.02, 0.9, 1.15, more=14)
REFUSED = replace(
    GOODPUT, outcome="refused", ratio=None, interval=None, why="think time holds 2 users at 2 requests/s"
)


def test_slower_and_costlier_fail_with_their_intervals() -> None:
    decision = decided(SLOWER, COSTLIER, OPEN)
    assert decision.outcome == "failed"
    assert decision.text == (
        "HEAD is slower and costlier than main: main serves 1.25× [1.16, 1.33] the goodput of HEAD; "
        "HEAD takes 1.30× [1.28, 1.32] the CPU time of main"
    )
    assert [each.finding for each in decision.judged] == ["slower", "undecided", "slower"]


@pytest.mark.parametrize(
    ("of", "most_slower", "expected"),
    [
        (SLOWER, 0.1, "slower"),
        (SLOWER, 0.25, "allowed"),
        (COSTLIER, 0.25, "slower"),
        (COSTLIER, 0.35, "allowed"),
        (verdict("p95", "worse", 1.02, 1.011, 1.03), None, "slower"),
        (verdict("p95", "better", 0.5, 0.4, 0.6), None, "fine"),
        (GOODPUT, None, "fine"),
        (OPEN, None, "undecided"),
        (OPEN, 0.1, "undecided"),
        (OPEN, 0.15, "fine"),
        (verdict("goodput", "undecided", 1.1, 0.98, 1.2, more=5), 0.05, "fine"),
        (verdict("goodput", "undecided", 1.1, 0.9, 1.3, more=5), 0.05, "undecided"),
        (verdict("goodput", "undecided", 1.1, 0.995, 1.2, more=5), None, "fine"),
        (REFUSED, None, "unknown"),
        (replace(OPEN, interval=None, ratio=None), None, "undecided"),
        (replace(OPEN, interval=None, ratio=None, more_rounds=None, why="too few"), None, "unknown"),
    ],
)
def test_each_metric(of: Verdict, most_slower: float | None, expected: Finding) -> None:
    assert finding(of, most_slower) == expected


def test_what_is_allowed_passes_and_says_so() -> None:
    decision = decided(SLOWER, most_slower=0.25)
    assert (decision.outcome, decision.text) == ("passed", "HEAD is not slower than main by more than 25 %")
    assert decision.judged[0].text.endswith("of HEAD; that much is allowed")


def test_what_is_equivalent_or_faster_passes() -> None:
    decision = decided(GOODPUT, verdict("p95", "better", 0.5, 0.4, 0.6), REFUSED)
    assert (decision.outcome, decision.text) == ("passed", "HEAD is not slower than main")


def test_an_open_metric_leaves_it_undecided() -> None:
    decision = decided(GOODPUT, OPEN)
    assert decision.outcome == "undecided"
    assert "about 14 more rounds" in decision.text


def test_where_nothing_can_be_judged_it_says_why() -> None:
    decision = decided(REFUSED)
    assert decision.outcome == "undecided"
    assert decision.text == (
        "nothing can be said of goodput and latency of HEAD and main: "
        "think time holds 2 users at 2 requests/s"
    )
    assert decided().text == (
        "nothing can be said of goodput and latency of HEAD and main: no round of turns counts"
    )


def test_cpu_time_alone_does_not_pass() -> None:
    cheaper = replace(verdict("cpu", "better", 0.8, 0.79, 0.81), pairing="duel")
    of_duel = replace(REFUSED, pairing="duel", why="in a duel the targets share one core")
    red = replace(REFUSED, why="nothing may be concluded from any round: the generator was red")
    assert decided(cheaper, of_duel).outcome == "undecided"
    assert [each.verdict.metric for each in decided(cheaper, of_duel).judged] == ["cpu"]
    decision = decided(cheaper, of_duel, red)
    assert decision.outcome == "undecided"
    assert decision.text.endswith("the generator was red")
    assert decided(cheaper, GOODPUT).outcome == "passed"


def test_more_memory_fails_nothing() -> None:
    decision = decided(GOODPUT, verdict("memory", "worse", 2.0, 1.9, 2.1))
    assert decision.outcome == "passed"
    assert decision.judged[1].text == "▲ HEAD takes 2.0× [1.9, 2.1] the memory of main"


def test_of_cpu_time_the_duel_is_believed() -> None:
    coarse = verdict("cpu", "undecided", 1.1, 0.8, 1.5, more=30)
    exact = replace(COSTLIER, pairing="duel")
    refused = replace(coarse, pairing="duel", outcome="refused", interval=None, ratio=None)
    for found in ((coarse, exact), (exact, coarse)):
        assert decided(*found).judged[0].verdict == exact
    assert decided(refused, COSTLIER).judged[0].verdict == COSTLIER


def test_more_failed_requests_fail_the_gate_whatever_the_speed() -> None:
    more = "0.1 % of main, 12.0 % of HEAD"
    failing = replace(REFUSED, fails_more=more, why=f"error rates differ: {more}")
    decision = decided(failing, verdict("cpu", "better", 0.5, 0.4, 0.6))
    assert decision.outcome == "failed"
    assert decision.text == "HEAD fails more requests than main: 0.1 % of main, 12.0 % of HEAD"
