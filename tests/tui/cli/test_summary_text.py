"""What a run without a screen says in the end."""

from dataclasses import replace
from typing import Any

from engine.export.document import document, folded
from engine.metrics.records import Record
from engine.protocol.tick_stats import RequestTickStats
from tests.support.recording import added, bucket, header, latencies, tally
from tui.cli.summary_text import summary_text


def said(*records: Record) -> str:
    made: dict[str, Any] = document(folded(records), outcome="completed")
    return summary_text(made)


def second(at: int, target: str, requests: dict[str, RequestTickStats], **counts: Any) -> Record:
    one = bucket(at, target)
    return replace(one, tick_stats=replace(one.tick_stats, requests=requests, **counts))


def test_the_closed_model_has_a_table_with_intervals_where_something_failed() -> None:
    shown = said(
        header("fastapi", "fastapi"),
        added("a"),
        added("b", 1),
        second(1, "a", {"hello": tally([1000] * 100)}, bytes_in=12_300, bytes_out=4560),
        second(1, "b", {"hello": tally([2000] * 48, reset=2)}),
    )
    lines = shown.splitlines()
    assert "closed model, think time none, 1 s after warm-up" in lines[0]
    assert lines[1].split() == [
        "target", "ok/s", "vs", "first", "p50", "ms", "p95", "ms", "p99", "ms", "max", "ms", "errors",
        "requests", "conns", "in/s", "out/s", "cpu", "%", "MB",
    ]  # fmt: skip
    assert lines[2].split()[:7] == ["a", "100.0", "1.00×", "1.00", "1.00", "·", "1.00"]
    assert "12.3 kB" in lines[2]
    assert "4.56 kB" in lines[2]
    assert "4.00% (1.10–13.46)" in lines[3]
    assert "b: hello: 2 × reset" in shown
    assert "open model" not in shown


def test_a_target_that_was_never_measured_has_no_figures_and_is_no_base() -> None:
    lines = said(
        header("fastapi", "fastapi"),
        added("dead"),
        added("b", 1),
        second(1, "b", {"hello": tally([2000] * 50)}),
    ).splitlines()

    assert "vs b" in lines[1]
    assert lines[2].split()[:8] == ["dead", "·", "·", "·", "·", "·", "·", "·"]
    assert lines[3].split()[:3] == ["b", "50.0", "1.00×"]


def test_the_open_model_has_arrivals_and_service_times_of_its_own() -> None:
    requests = {"hello": replace(tally([70_000] * 10), service=latencies(*[20_000] * 10))}
    shown = said(
        header("fastapi", model="open", max_users=9, stages=[{"rate": 10, "hold": "20 s"}]),
        added("a"),
        second(1, "a", requests, arrivals=12, begun=10, dropped=1, waiting=1),
    )
    assert "open model, at most 9 users" in shown
    lines = shown.splitlines()
    (at,) = (at for at, line in enumerate(lines) if line.startswith("open model"))
    head, row = lines[at : at + 2]
    assert head.split()[:6] == ["open", "model", "arrivals/s", "begun", "dropped", "waiting"]
    assert row.split() == ["a", "12.0", "10", "1", "1", "20.00", "·", "·"]


def held(target: str, users: int, begin: int, end: int, ok_us: list[int]) -> list[Record]:
    return [bucket(at, target, users=users, ok_us=ok_us) for at in range(begin, end)]


def test_each_level_has_a_row_where_a_target_held_more_than_one() -> None:
    first = held("a", 2, 0, 10, [1000] * 100)
    shown = said(
        header("fastapi", "fastapi"),
        added("a"),
        added("b", 1),
        *first,
        *held("a", 8, 10, 20, [4000] * 300),
        *held("b", 2, 0, 10, [2000] * 60),
    )
    lines = shown.splitlines()
    (at,) = (at for at, line in enumerate(lines) if line.startswith("by level"))
    assert lines[at].split() == [
        "by", "level", "users", "ok/s", "p50", "ms", "p95", "ms", "p99", "ms", "errors",
    ]  # fmt: skip
    assert [line.split() for line in lines[at + 1 : at + 4]] == [
        ["a", "2", "100.0", "1.00", "1.00", "1.00", "0.00%"],
        ["a", "8", "300.0", "4.00", "4.00", "4.00", "0.00%"],
        ["b", "2", "60.0", "2.00", "2.00", "2.00", "0.00%"],
    ]
    assert "by level" not in said(header("fastapi"), added("a"), *first)


def test_levels_of_the_open_model_are_rates() -> None:
    records = [
        replace(one, tick_stats=replace(one.tick_stats, arrivals=rate, begun=rate), users_wanted=rate)
        for rate, begin in ((10, 0), (20, 10))
        for one in (bucket(at, ok_us=[1000] * rate) for at in range(begin, begin + 10))
    ]
    shown = said(header("fastapi", model="open", stages=[{"rate": 10, "hold": "20 s"}]), added("a"), *records)
    lines = shown.splitlines()
    (at,) = (at for at, line in enumerate(lines) if line.startswith("by level"))
    assert lines[at].split()[2] == "arrivals/s"
    assert [line.split()[:3] for line in lines[at + 1 : at + 3]] == [["a", "10", "10.0"], ["a", "20", "20.0"]]


def test_new_connections_are_remarked_on_where_they_weigh() -> None:
    few = second(1, "a", {"hello": tally([1000] * 200)}, started=200, connects=latencies(500, 500))
    many = second(
        1, "b", {"hello": tally([1000] * 90)}, started=100, connects=latencies(*[500] * 12), reconnects=3
    )
    shown = said(header("fastapi", "fastapi"), added("a"), added("b", 1), few, many)
    assert "b: 12.0% of requests needed a new connection, whose making (p50 0.50 ms) is part" in shown
    assert "b: 3 × sent again on a new connection" in shown
    assert "a: 1.0%" not in shown


def test_of_few_requests_and_of_websockets_no_connection_is_remarkable() -> None:
    few = second(1, "a", {"hello": tally([1000])}, started=2, connects=latencies(500, 500))
    assert "new connection" not in said(header("fastapi"), added("a"), few)
    talks = second(1, "a", {"talk": tally([1000] * 50)}, started=50, connects=latencies(*[500] * 50))
    own = [{"path": "/talk", "stream": "websocket"}]
    assert "new connection" not in said(header("fastapi", request=own), added("a"), talks)
    assert "new connection" not in said(header("fastapi", workload="tokens-ws"), added("a"), talks)
    assert "100.0% of requests needed a new connection" in said(header("fastapi"), added("a"), talks)


def test_failures_are_told_by_request_with_their_first_example() -> None:
    failing = replace(tally([1000], reset=1, refused=4), examples={"refused": "nobody listens"})
    shown = said(header("fastapi"), added("a"), second(1, "a", {"read": failing, "list": tally([1000])}))
    assert "a: read: 4 × refused (the first: nobody listens), 1 × reset" in shown
    assert "a: list" not in shown


def test_the_slo_says_who_met_it() -> None:
    shown = said(
        header("fastapi", "fastapi", slo="p90 < 2 ms, errors < 1 %"),
        added("a"),
        added("b", 1),
        second(1, "a", {"hello": tally([1000] * 10)}),
        second(1, "b", {"hello": tally([1000] * 4 + [9000] * 6)}),
    )
    assert "SLO met: a: 100.00 % within 2.0 ms, at least 90 % must" in shown
    assert "SLO missed: b: 40.00 % within 2.0 ms, at least 90 % must" in shown
    assert "SLO met: b: 0.00 % failed, at most 1 % may" in shown


def test_it_says_what_its_figures_are_of() -> None:
    held = [bucket(at, "a", users=2, ok_us=[1000] * 50) for at in range(10)]
    ramp = [bucket(at, "a", users=at + 1, ok_us=[1000] * 50) for at in range(5)]
    assert said(header("fastapi"), added("a"), *held).splitlines()[0].endswith(", 10 s after warm-up")
    first = said(header("fastapi"), added("a"), *ramp).splitlines()[0]
    assert first.endswith(", 5 s after warm-up, no level held long enough to settle")
    nothing = said(header("fastapi"), added("a")).splitlines()[0]
    assert nothing.endswith(", nothing was measured, because no target became ready")
