"""One target's windows: what counts in them, when a percentile may be shown, when a level is steady."""

from dataclasses import replace

import pytest

from engine.export.summary import level_summary
from engine.metrics.figures import StatsOptions
from engine.metrics.records import Bucket, TargetChanged
from engine.metrics.target_timeline import TargetTimeline
from engine.metrics.window_stats import Figure
from engine.protocol.load_shape import Stage, Steering
from engine.protocol.tick_stats import RequestTickStats
from tests.engine.metrics.made_lines import line, paused, shown, with_failures
from tests.support.recording import added, bucket, latencies, steering, tally, tick_stats
from tests.support.windows import seconds

# ---------------------------------------------------------------- what counts


def test_warm_up_pauses_and_the_end_are_in_no_sum() -> None:
    some = [1000] * 10
    made = line(
        bucket(0, ok_us=some, warm_up=True),
        bucket(1, ok_us=some),
        paused(bucket(2, ok_us=some)),
        bucket(3, ok_us=some),
        bucket(4, ok_us=some, winding_down=True),
    )
    snapshot = shown(made)
    assert (snapshot.totals.ok, snapshot.totals.requests) == (20, 20)
    assert (made.whole.seconds, made.whole.ok.count) == (2.0, 20)
    assert (snapshot.window.ok, snapshot.window.seconds) == (20, 2.0), "the live window begins after a pause"


def test_failures_count_but_improve_no_latency() -> None:
    slow = bucket(0, ok_us=[9000] * 6)
    quick = replace(
        slow.tick_stats.requests["hello"], failed=latencies(*[5] * 4), errors={"reset": 3, "refused": 1}
    )
    snapshot = shown(line(replace(slow, tick_stats=replace(slow.tick_stats, requests={"hello": quick}))))
    window = snapshot.window
    assert (window.requests, window.ok, window.failed, window.error_rate) == (10, 6, 4, 0.4)
    assert (window.goodput, window.rps, window.mean_ms) == (6.0, 10.0, 9.0)
    assert window.p50.value_ms == 9.0
    assert snapshot.totals.errors == (("reset", 3), ("refused", 1))


def test_failures_come_most_frequent_first_then_by_name() -> None:
    made = line(with_failures(bucket(0), reset=2, refused=2, timeout=5))
    assert [kind for kind, _ in shown(made).totals.errors] == ["timeout", "refused", "reset"]


def test_nothing_has_no_figures() -> None:
    empty = Figure(None, 0.0, widened=False)
    window = shown(line()).window
    assert (window.p50, window.p95, window.p99, window.mean_ms) == (empty, empty, empty, None)
    assert (window.goodput, window.rps, window.error_rate) == (0.0, 0.0, 0.0)


# ---------------------------------------------------------------- the steady window


def test_a_level_settles_by_its_own_median_whatever_came_before() -> None:
    fast = [bucket(second, ok_us=[1000] * 50) for second in range(30)]
    slow = [bucket(second, users=9, ok_us=[500_000] * 9) for second in range(30, 45)]
    assert shown(line(*fast, *slow[:5])).steady.seconds == 0.0
    assert shown(line(*fast, *slow)).steady.seconds == 15 - 6


def test_what_seemed_settled_is_taken_back_where_the_level_proves_slower() -> None:
    quick = [bucket(second, ok_us=[1000]) for second in range(5)]
    slower = [bucket(second, ok_us=[2_000_000] * 5) for second in range(5, 30)]
    assert shown(line(*quick)).steady.seconds == 2.0
    assert shown(line(*quick, *slower[:2])).steady.seconds == 0.0
    assert shown(line(*quick, *slower)).steady.seconds == 30 - 21


# ---------------------------------------------------------------- the open model


def open_line(*buckets: Bucket, slo_latency_us: int | None = None) -> TargetTimeline:
    made = TargetTimeline(
        added(),
        stats_options=StatsOptions(True, slo_latency_us=slo_latency_us),
        steering=steering(),
        state="ready",
    )
    for each in buckets:
        made.take_bucket(each)
    return made


def arrivals(second: int, *, users: int, dropped: int = 0, waiting: int = 0) -> Bucket:
    """A second of the open model: 10 arrivals a second are wanted, each answered 50 ms late after 20 ms."""
    one = bucket(second, users=users, wanted=10)
    requests = {"hello": replace(tally([70_000] * 10), service=latencies(*[20_000] * 10))}
    counts = replace(
        one.tick_stats, requests=requests, arrivals=10, begun=10, dropped=dropped, waiting=waiting
    )
    return replace(one, tick_stats=counts)


def test_in_the_open_model_the_load_is_the_rate_however_many_users_are_busy() -> None:
    made = open_line(*(arrivals(second, users=second % 3) for second in range(10)))
    assert shown(made).steady.seconds == 7.0
    assert (shown(made).load.arrivals_wanted, shown(made).load.users_wanted) == (2, 0)
    level = made.levels.current
    assert level is not None
    assert (level.wanted, level_summary(level, made.buckets, {}, made.stats_options)["users"]) == (10, None)


def test_the_open_model_shows_service_beside_response_and_what_became_of_arrivals() -> None:
    made = open_line(*(arrivals(second, users=3, dropped=2, waiting=second) for second in range(10)))
    window = shown(made).whole
    assert window.arrivals is not None
    assert window.p50.value_ms == pytest.approx(70, rel=0.01)
    assert window.arrivals.service_p50.value_ms == pytest.approx(20, rel=0.01)
    assert (window.arrivals.due, window.arrivals.per_s, window.arrivals.dropped) == (100, 10.0, 20)
    assert window.arrivals.waiting == 9, "as it stands at the window's end"
    assert shown(line(bucket(0, ok_us=[1000]))).window.arrivals is None


def test_attainment_counts_failures_as_missed() -> None:
    made = open_line(slo_latency_us=100_000)
    one = bucket(0)
    requests = {"hello": tally([50_000] * 6 + [200_000] * 2, reset=2)}
    made.take_bucket(replace(one, tick_stats=replace(one.tick_stats, requests=requests)))
    assert shown(made).whole.attainment == pytest.approx(0.6)
    made.take_bucket(arrivals(1, users=3, dropped=10))
    assert shown(made).whole.attainment == pytest.approx((6 + 10) / (10 + 10 + 10)), "and arrivals dropped"
    assert shown(open_line(slo_latency_us=1)).whole.attainment is None
    assert shown(line(one)).whole.attainment is None


# ---------------------------------------------------------------- connections, requests by name


def test_connections_and_bytes_are_summed_over_the_window() -> None:
    one = bucket(0, ok_us=[1000] * 90)
    made = line(
        replace(one, tick_stats=replace(one.tick_stats, connects=latencies(*[3000] * 9), reconnects=2))
    )
    links = shown(made).whole.links
    assert (links.connects, links.connect_share, links.reconnects) == (9, 0.1, 2)
    assert links.connects_matter
    assert links.connect_p50_ms == pytest.approx(3, rel=0.01)
    assert links.connect_p95_ms is None, "nine are too few for it"
    assert (links.bytes_in_per_s, links.bytes_out_per_s) == (100.0, 50.0)


@pytest.mark.parametrize(
    ("started", "ended", "connects", "websockets", "share", "weigh"),
    [
        (100, 50, 2, False, 0.02, True),  # the other half is under way
        (200, 200, 2, False, 0.01, False),
        (19, 19, 19, False, 1.0, False),
        (20, 0, 20, False, 1.0, True),
        (100, 100, 100, True, 1.0, False),
        (0, 1, 0, False, 0.0, False),
    ],
)
def test_connections_are_judged_by_the_requests_that_were_started(
    started: int, ended: int, connects: int, websockets: bool, share: float, weigh: bool
) -> None:
    one = bucket(0, ok_us=[1000] * ended)
    made = TargetTimeline(
        added(), stats_options=StatsOptions(websockets=websockets), steering=steering(), state="ready"
    )
    made.take_bucket(
        replace(one, tick_stats=replace(one.tick_stats, started=started, connects=latencies(*[9] * connects)))
    )
    links = shown(made).whole.links
    assert (links.connect_share, links.connects_matter) == (share, weigh)


def test_each_request_has_its_failures_and_their_first_example() -> None:
    one = bucket(0)
    told = replace(tally([1000] * 3, **{"bad body": 2, "reset": 5}), examples={"bad body": "no 'id' in it"})
    later = replace(told, examples={"bad body": "another"})
    made = line(
        replace(one, tick_stats=replace(one.tick_stats, requests={"read": told, "list": tally([2000])})),
        replace(bucket(1), tick_stats=replace(bucket(1).tick_stats, requests={"read": later})),
    )
    listed, read = shown(made).requests
    assert (listed.name, listed.ok, listed.errors) == ("list", 1, ())
    assert (read.requests, read.failed, read.errors) == (20, 14, (("reset", 10), ("bad body", 4)))
    assert read.examples == (("bad body", "no 'id' in it"),)
    assert read.goodput == 3.0


def test_the_steady_window_is_all_since_the_last_change_of_load_and_settling() -> None:
    buckets = [bucket(second, ok_us=[1000]) for second in range(10)]
    assert shown(line(*buckets)).steady.seconds == 7.0


@pytest.mark.parametrize(
    ("what", "change"),
    [
        ("users", lambda each: replace(each, tick_stats=replace(each.tick_stats, users=3))),
        ("users wanted", lambda each: replace(each, users_wanted=3)),
        ("a pause", paused),
    ],
)
def test_it_begins_anew_when_the_load_changes(what: str, change: object) -> None:
    assert callable(change)
    buckets = [bucket(second, ok_us=[1000]) for second in range(20)]
    made = line(*buckets[:10], change(buckets[10]))
    assert shown(made).steady.seconds == 0.0, what
    for each in buckets[11:]:
        made.take_bucket(each)
    assert shown(made).steady.seconds == 6.0


def test_it_begins_anew_after_a_gap_and_after_a_restart() -> None:
    buckets = [bucket(second, ok_us=[1000]) for second in range(20)]
    assert shown(line(*buckets[:10], *buckets[12:])).steady.seconds == 5.0
    made = line(*buckets[:10])
    made.change(TargetChanged(10.0, "a", "ready"))
    for each in buckets[10:]:
        made.take_bucket(each)
    assert shown(made).steady.seconds == 7.0


def test_it_begins_anew_when_think_time_or_workload_change() -> None:
    made = line(*(bucket(second, ok_us=[1000]) for second in range(10)))
    made.load_changed(9)
    assert shown(made).steady.ok == 0
    made.take_bucket(bucket(10, ok_us=[1000]))
    assert shown(made).steady.ok == 0
    made.take_bucket(bucket(11, ok_us=[1000]))
    made.take_bucket(bucket(12, ok_us=[1000]))
    assert shown(made).steady.ok == 1


# ---------------------------------------------------------------- the rest of what a lane shows


def probed(answer_us: int) -> Bucket:
    """A second in which the health probe was answered after so long."""
    one = bucket(0)
    return replace(one, tick_stats=replace(one.tick_stats, health_probe=latencies(answer_us)))


def test_a_target_that_is_not_ready_has_no_users_and_no_readings() -> None:
    made = line(probed(2000))
    alive = shown(made)
    assert (
        alive.load.users,
        alive.load.users_wanted,
        alive.resources.cpu_pct,
        alive.resources.memory_mb,
    ) == (2, 2, 10.0, 50.0)
    assert (alive.health_probe.latency_ms, alive.resources.processes, alive.resources.threads) == (2.0, 1, 4)
    made.change(TargetChanged(3.0, "a", "died", "exit code 1"))
    dead = shown(made)
    assert (dead.state, dead.trouble, dead.load.users, dead.load.users_wanted) == (
        "died",
        "exit code 1",
        0,
        0,
    )
    assert (
        dead.resources.cpu_pct,
        dead.resources.memory_mb,
        dead.health_probe.latency_ms,
        dead.resources.processes,
    ) == (None, None, None, None)


def test_an_address_stays_when_a_later_state_names_none() -> None:
    made = line()
    made.change(TargetChanged(0.0, "a", "ready", address="127.0.0.1:18000"))
    made.change(TargetChanged(1.0, "a", "stopping"))
    assert made.address == "127.0.0.1:18000"


def test_who_steers_is_said() -> None:
    made = line()
    assert (shown(made).load.manual, shown(made).load.paused) == (False, False)
    made.steering = steering().set_users(7, 1.0).pause(1.0)
    assert (shown(made).load.manual, shown(made).load.paused, shown(made).load.users_wanted) == (
        True,
        True,
        7,
    )


# ---------------------------------------------------------------- streams


def streamed(of: Bucket, *first_bytes_us: int, tokens: int) -> Bucket:
    """The same second with a stream for each of these times to the first byte, and so many tokens."""
    made = tally([5000] * len(first_bytes_us))
    requests = {"generate": replace(made, first_byte=latencies(*first_bytes_us), tokens=tokens)}
    return replace(of, tick_stats=replace(of.tick_stats, requests=requests))


def test_tokens_and_first_bytes_of_a_window() -> None:
    made = line(
        bucket(1, ok_us=[1000] * 400),
        streamed(bucket(2), *[2000] * 60, tokens=600),
        streamed(bucket(3), *[4000] * 20, tokens=100),
    )
    snapshot = shown(made)
    assert snapshot.streams
    assert (snapshot.window.tokens, snapshot.window.tokens_per_s) == (700, 700 / 3)
    assert snapshot.window.first_byte_p50.value_ms == pytest.approx(2.0, rel=0.01)
    assert snapshot.window.first_byte_p95.value_ms == pytest.approx(4.0, rel=0.01)
    assert snapshot.series.tokens_per_s == (None, 600.0, 100.0)
    assert snapshot.series.first_byte_ms[0] is None


def test_first_bytes_have_percentiles_only_with_enough_streams() -> None:
    few = shown(line(streamed(bucket(1), *[2000] * 5, tokens=5), bucket(2, ok_us=[1000] * 400)))
    assert (few.window.tokens, few.window.first_byte_p50.value_ms) == (5, None)
    seconds = [streamed(bucket(second), *[2000] * 10, tokens=10) for second in (1, 2)]
    wider = shown(line(*seconds, streamed(bucket(3), 2000, tokens=1)), window_s=1.0).window.first_byte_p50
    assert wider.value_ms == pytest.approx(2.0, rel=0.01)
    assert (wider.window_s, wider.widened) == (2.0, True)


def test_who_streams_nothing_has_no_figures_of_streams() -> None:
    snapshot = shown(line(bucket(1, ok_us=[1000] * 400)))
    assert not snapshot.streams
    assert (snapshot.window.tokens_per_s, snapshot.window.first_byte_p50.value_ms) == (0.0, None)
    assert snapshot.series.tokens_per_s == (None,)


def test_in_a_solo_schedule_figures_begin_with_the_turn() -> None:
    stages = (Stage(2, 0.0), Stage(2, 3.0), Stage(0, 0.0))
    made = TargetTimeline(
        added(), stats_options=StatsOptions(solo=True), steering=Steering(stages, 5.0), state="ready"
    )
    for second in range(4):
        idle = replace(bucket(second, warm_up=True), tick_stats=tick_stats(5 * second + 4, ticks=5, users=0))
        made.take_bucket(idle)
        assert (shown(made).turn, shown(made).series.goodput[-1]) == ("waits", None)
    for second in range(5, 8):
        busy = tick_stats(5 * second + 4, ticks=5, users=2, ok_us=[1000] * 30)
        made.take_bucket(replace(bucket(second), tick_stats=busy))
        assert shown(made).turn == ("on" if second < 7 else "done")
        assert shown(made).window.goodput == 30.0
    assert shown(made).window.ok == 90


def test_a_turn_of_a_solo_schedule_began_when_it_began_whatever_pauses_it() -> None:
    made = TargetTimeline(added(), stats_options=StatsOptions(solo=True), state="ready")
    whole = Steering((Stage(2, 30.0), Stage(0, 0.0)), 5.0)
    for each, t_s in ((whole, 0.0), (whole.pause(8.0), 8.0), (whole.pause(8.0).resume(38.0), 38.0)):
        made.steer(each, t_s)
        assert shown(made).turn_began_s == 5.0
    assert made.steering is not None
    assert made.steering.began_s == 35.0


# ---------------------------------------------------------------- unanswered requests


def test_a_target_names_a_request_that_never_ended() -> None:
    made = TargetTimeline(added(), steering=steering(), state="ready")
    still = replace(bucket(0).tick_stats, open={"slow": seconds(4.0)}, in_flight=1)
    made.take_bucket(replace(bucket(0), tick_stats=still))
    snapshot = made.snapshot(1.0, newest_tick=4, window_s=10, axis=(1,))
    assert [(each.name, each.unanswered) for each in snapshot.requests] == [("slow", 1)]
    assert made.never_answered


def test_streams_that_have_not_ended_are_answers() -> None:
    """They may last longer than the run; what came of them is counted as it comes."""
    made = TargetTimeline(added(), steering=steering(), state="ready")
    coming = replace(tally(), tokens=5)
    still = replace(bucket(0).tick_stats, requests={"chat": coming}, open={"chat": seconds(0.2)}, in_flight=1)
    made.take_bucket(replace(bucket(0), tick_stats=still))
    assert not made.never_answered


@pytest.mark.parametrize(
    ("between", "in_flight", "answered"),
    [
        ({"hello": tally(refused=3)}, 0, False),
        ({"hello": tally([1_500_000])}, 1, True),
        ({}, 1, False),
        ({}, 0, True),
    ],
    ids=["failures", "late answers", "open requests", "nothing"],
)
def test_in_turns_what_ended_between_them_tells_whether_it_ever_answered(
    between: dict[str, RequestTickStats], in_flight: int, answered: bool
) -> None:
    """A target that stands still, or is slow, ends its requests in the turns of others."""
    made = TargetTimeline(added(), steering=steering(), state="ready")
    warm = {"hello": tally([1000])}
    for second, ended in enumerate((warm, between, {})):
        stats = replace(bucket(second).tick_stats, in_flight=in_flight)
        outside = replace(stats, ticks=2, requests=ended)
        made.take_bucket(replace(bucket(second), tick_stats=stats, between_turns=outside))
    assert made.never_answered is not answered
