"""The results on the screen and in headless output."""

import re
from dataclasses import replace
from typing import Any

import pytest

from engine.export.document import folded
from engine.metrics.records import Record, TargetChanged
from engine.metrics.session_result import session_result
from engine.metrics.snapshot import HealthSnapshot, Snapshot
from engine.protocol.tick_stats import RequestTickStats
from tests.support import made_sessions
from tests.support.fakes import ended, open_snapshot, snapshot, with_target
from tests.support.made_results import of_one, summary
from tests.support.recording import added, bucket, header, latencies, tally
from tests.support.row_text import lines, text
from tui.views import next_steps, results, rows
from tui.views.end_card import card_of, rows_after, visible_rows


def shown_rows(picture: Snapshot, selected: str, width: int, height: int = 99) -> tuple[rows.Row, ...]:
    result = session_result(picture)
    card = card_of(result, (), selected, width, is_roomy=True)
    return visible_rows([*card.rows, *rows_after(result, width)], 0, width, height)


def test_results_say_who_missed_the_slo_and_what_exactly_failed() -> None:
    shown = "\n".join(lines(shown_rows(ended(open_snapshot()), "fastapi", 118)))
    for part in (
        "SLO missed by django-asgi: 95.12 % within 20 ms, at least 99 % required",
        "failures (the whole run): read: bad body 8 (no 'id' in it), reset 4",
        "response/service p50 2.1/1.4 ms",
        "dropped 1.23 k",
        "95 % sure: p50 2.0–2.2 ms",
        "errors 0.10–0.40 %",
        "12.0 % of requests on new connections (p50 0.2 ms, p95 0.9 ms); 3 sent again",
        "fastapi by request",
    ):
        assert part in shown
    met = replace(ended(snapshot()), thresholds=ended(snapshot()).thresholds[:2])
    assert "SLO met by all" in "\n".join(lines(shown_rows(met, "", 118)))


def test_results_end_with_the_command_that_repeats_the_session() -> None:
    picture = replace(ended(snapshot()), session_id="20250101-120000", repeat_command="abreast run hello")
    assert lines(shown_rows(picture, "", 118))[-1].strip() == "repeat it: abreast run hello"
    steered = lines(shown_rows(replace(picture, was_steered=True), "", 118))
    assert "abreast plan save again" in steered[-1]
    unmeasured = replace(session_result(picture), was_steered=True, measured_s=0.0)
    assert next_steps.next_commands(unmeasured)[-1].text == "repeat it: abreast run hello", (
        "no plan can be made from it"
    )


def test_why_the_light_is_amber_stands_once_among_the_results() -> None:
    picture = ended(snapshot())
    (reason,) = picture.health.reasons
    title = text(rows.title_row(picture, 160, frozen=False))
    assert "amber" in title
    assert reason not in title
    shown = "\n".join(lines(shown_rows(picture, "", 158)))
    assert shown.count(reason) == 1


@pytest.mark.parametrize("height", [8, 12, 40])
def test_results_end_where_the_screen_does_and_say_that_there_is_more(height: int) -> None:
    rows = lines(shown_rows(ended(open_snapshot()), "fastapi", 78, height))
    assert len(rows) <= height
    assert ("more rows" in rows[-1]) == (height < 40)


def test_a_result_says_what_it_is_of() -> None:
    assert summary(of_one()) == "At 20 users fastapi served 4.22 k ok/s."
    assert "figures of the last level, 20 users" in text(shown_rows(of_one(), "", 90)[1])
    whole = of_one().targets[0].whole
    of_ramp = of_one(levels=(), whole=replace(whole, goodput=400.0))
    assert summary(of_ramp) == "fastapi served 400 ok/s."
    shown = "\n".join(lines(shown_rows(of_ramp, "", 110)))
    assert "figures of the whole measured run, 10 s: no level was held long enough" in shown
    assert re.search(r"fastapi uvicorn.* 400 ", shown), "the table is of the same seconds as the sentence"


def test_of_several_targets_all_figures_are_of_the_same() -> None:
    picture = replace(snapshot(), phase="ended", outcome="completed")
    changed = with_target(picture, "django-asgi", levels=())
    assert session_result(picture).figures_of == "level"
    assert session_result(changed).figures_of == "whole"
    assert not summary(changed).startswith("At 20 users")


def test_results_name_failures_and_a_light_that_is_not_green() -> None:
    over = with_target(
        replace(snapshot(), phase="ended", outcome="failed"), "fastapi", totals={"errors": (("reset", 12),)}
    )
    over = replace(over, health=HealthSnapshot("amber", ("CPU at 84 %",), 84.0, 1.0, contended=False))
    shown = "\n".join(lines(shown_rows(over, "", 78)))
    assert "failures (the whole run): reset 12" in shown
    assert "generator amber: CPU at 84 %" in shown


def test_results_have_every_reason_for_the_light_to_its_end() -> None:
    reasons = tuple(f"target {number}'s p99 may be too high: the load worker was late" for number in range(3))
    health = HealthSnapshot("red", reasons, 9.0, 3.1, contended=False)
    picture = replace(snapshot(), phase="ended", health=health)
    shown = " ".join("\n".join(lines(shown_rows(picture, "", 60))).split())
    for reason in reasons:
        assert reason in shown


# ---------------------------------------------------------------- lines of headless output


def printed(*records: Record, width: int = 200) -> list[str]:
    """What a headless run of these records prints at its end."""
    return results.result_lines(session_result(folded(records).final_snapshot()), width)


def second(at: int, target: str, requests: dict[str, RequestTickStats], **counts: Any) -> Record:
    one = bucket(at, target)
    return replace(one, tick_stats=replace(one.tick_stats, requests=requests, **counts))


def held(target: str, users: int, begin: int, end: int, ok_us: list[int]) -> list[Record]:
    return [bucket(at, target, users=users, ok_us=ok_us) for at in range(begin, end)]


def test_the_lines_begin_with_what_ran_and_have_every_column() -> None:
    shown = printed(
        header("fastapi", "fastapi"),
        added("a"),
        added("b", 1),
        TargetChanged(0.0, "a", "ready"),
        TargetChanged(0.0, "b", "ready"),
        second(1, "a", {"hello": tally([1000] * 100)}, bytes_in=12_300, bytes_out=4560),
        second(1, "b", {"hello": tally([2000] * 48, reset=2)}),
    )
    assert shown[0] == "Test: workload hello, think time none, 1 s measured after warm-up"
    assert shown[1] == "a served 100 ok/s, 2.1× b (race: no verdict)."
    assert shown[2] == (
        "interrupted after 2 s · closed model · "
        "figures of the whole measured run, 1 s: no level was held long enough"
    )
    head, a, b = shown[4:7]
    assert head.split() == [
        "ok/s", "ratio", "p50", "p95", "p99", "max", "errors", "requests", "conns", "in/s", "out/s",
        "cpu", "memory",
    ]  # fmt: skip
    assert " ".join(a.split()).startswith("● a uvicorn ×1 100 base 1.0 ms 1.0 ms · 1.0 ms 0.00 % 100 0")
    assert "12.3 kB 4.56 kB" in " ".join(a.split())
    assert "4.00 %" in b
    assert "▲ b failures: hello: reset 2" in shown
    assert any("errors 1.10–13.5 %" in line for line in shown)


def test_a_target_that_was_never_measured_has_no_figures_and_is_no_baseline() -> None:
    shown = printed(
        header("fastapi", "fastapi"),
        added("dead"),
        added("b", 1),
        TargetChanged(0.0, "dead", "failed", "exit code 1\n  why: no module"),
        second(1, "b", {"hello": tally([2000] * 50)}),
    )
    dead, b = shown[5:7]
    assert dead.split()[:6] == ["●", "dead", "uvicorn", "×1", "✖", "did"]
    assert "base" in b
    (at,) = (at for at, line in enumerate(shown) if line.startswith("✖ dead: exit code 1"))
    assert shown[at + 1] == "    why: no module"


def test_each_level_has_a_line_where_a_target_settled_at_more_than_one() -> None:
    first = held("a", 2, 0, 10, [1000] * 100)
    shown = printed(
        header("fastapi", "fastapi"),
        added("a"),
        added("b", 1),
        *first,
        *held("a", 8, 10, 20, [4000] * 300),
        *held("b", 2, 0, 10, [2000] * 60),
    )
    at = shown.index("by level of load")
    assert [" ".join(line.split()) for line in shown[at + 1 : at + 4]] == [
        "● a 2 users 100 ok/s p50 1.0 ms p95 1.0 ms p99 1.0 ms errors 0.00 %",
        "● a 8 users 300 ok/s p50 4.0 ms p95 4.0 ms p99 4.0 ms errors 0.00 %",
        "▲ b 2 users 60.0 ok/s p50 2.0 ms p95 2.0 ms p99 2.0 ms errors 0.00 %",
    ]
    assert "by level of load" not in printed(header("fastapi"), added("a"), *first)


def test_the_open_model_has_arrivals_service_times_and_levels_that_are_rates() -> None:
    records = [
        replace(one, tick_stats=replace(one.tick_stats, arrivals=rate, begun=rate), users_wanted=rate)
        for rate, begin in ((10, 0), (20, 10))
        for one in (bucket(at, ok_us=[70_000] * rate) for at in range(begin, begin + 10))
    ]
    open_model = header("fastapi", model="open", max_users=9, stages=[{"rate": 10, "hold": "20 s"}])
    shown = printed(open_model, added("a"), *records)
    assert "at most 9 users" in shown[0]
    assert any("arrivals 20.0/s" in line for line in shown)
    at = shown.index("by level of load")
    assert [line.split()[2:4] for line in shown[at + 1 : at + 3]] == [
        ["10", "arrivals/s"],
        ["20", "arrivals/s"],
    ]


def test_new_connections_are_remarked_on_where_they_weigh() -> None:
    few = second(1, "a", {"hello": tally([1000] * 200)}, started=200, connects=latencies(500, 500))
    many = second(
        1, "b", {"hello": tally([1000] * 90)}, started=100, connects=latencies(*[500] * 12), reconnects=3
    )
    shown = printed(header("fastapi", "fastapi"), added("a"), added("b", 1), few, many)
    text_of_b = "12.0 % of requests on new connections (p50 0.5 ms)"
    assert f"▲ b {text_of_b}; 3 sent again after their reused connection was closed" in shown
    assert not any("1.00 % of requests" in line for line in shown)


def test_redirects_are_remarked_on_where_some_were_followed() -> None:
    hops = replace(tally([9000] * 90), redirects=latencies(*[2000] * 180))
    first, other = second(1, "a", {"hello": hops}), second(1, "b", {"hello": tally([1000] * 90)})
    shown = printed(header("fastapi", "fastapi"), added("a"), added("b", 1), first, other)
    assert [line for line in shown if "redirects" in line] == [
        "● a redirects: 180 followed, p50 2.0 ms, p95 2.0 ms"
    ]


def test_of_few_requests_and_of_websockets_no_connection_is_remarkable() -> None:
    def remarks(first: Record, seconds: Record) -> bool:
        return any("on new connections" in line for line in printed(first, added("a"), seconds))

    few = second(1, "a", {"hello": tally([1000])}, started=2, connects=latencies(500, 500))
    assert not remarks(header("fastapi"), few)
    talks = second(1, "a", {"talk": tally([1000] * 50)}, started=50, connects=latencies(*[500] * 50))
    own = [{"path": "/talk", "stream": "websocket"}]
    assert not remarks(header("fastapi", request=own), talks)
    assert not remarks(header("fastapi", workload="tokens-ws"), talks)
    assert remarks(header("fastapi"), talks)


def test_every_target_has_its_requests_by_name_and_failures_have_their_first_example() -> None:
    failing = replace(tally([1000], reset=1, refused=4), examples={"refused": "nobody listens"})
    shown = printed(header("fastapi"), added("a"), second(1, "a", {"read": failing, "list": tally([1000])}))
    assert "● a failures: read: refused 4 (nobody listens), reset 1" in shown
    assert "● a by request, the whole run" in shown


def test_the_slo_names_the_targets_that_missed_it() -> None:
    shown = printed(
        header("fastapi", "fastapi", slo="p90 < 2 ms, errors < 1 %"),
        added("a"),
        added("b", 1),
        second(1, "a", {"hello": tally([1000] * 10)}),
        second(1, "b", {"hello": tally([1000] * 4 + [9000] * 6)}),
    )
    missed = [line for line in shown if line.startswith("SLO")]
    assert missed == ["SLO missed by b: 40.00 % within 2 ms, at least 90 % required"]


def test_the_lines_say_what_their_figures_are_of() -> None:
    ramp = [bucket(at, "a", users=at + 1, ok_us=[1000] * 50) for at in range(5)]
    level = held("a", 2, 0, 10, [1000] * 50)
    for records, of in (
        (level, "figures of the last level, 2 users"),
        (ramp, "figures of the whole measured run, 5 s: it ended in its ramp"),
        ([], "no figures"),
    ):
        assert printed(header("fastapi"), added("a"), *records)[2].endswith(of)


def test_a_session_without_targets_has_one_line() -> None:
    assert printed(header("fastapi")) == ["Test: ended before any target started"]


def test_levels_over_repetitions_end_with_mean_and_standard_deviation() -> None:
    shape = made_sessions.Shape(
        seconds=90, targets=("fastapi",), repetitions=3, gap_s=2, noise=0.2, quick=True, source="a paper"
    )
    result = session_result(folded(made_sessions.records(shape)).final_snapshot())
    shown = results.result_lines(result, 160)
    assert "quick: not the published method" in shown
    (at,) = [at for at, line in enumerate(shown) if line == "mean over repetitions ± standard deviation"]
    assert [line.count("±") for line in shown[at + 1 : at + 4]] == [4, 4, 4]
    assert all(line.endswith("3 repetitions") for line in shown[at + 1 : at + 4])
    assert sum("repetition 2" in line for line in shown) == 3
