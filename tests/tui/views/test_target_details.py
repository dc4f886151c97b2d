"""All figures of one target."""

from dataclasses import replace

from engine.metrics.window_stats import Figure
from tests.support.fakes import changed, ended, open_snapshot, target
from tui.views import target_details


def test_details_say_what_a_container_received_and_sent() -> None:
    one = target(0, 72)
    assert "network" not in "\n".join(target_details.detail_lines(one))
    shown = target_details.detail_lines(
        changed(one, resources={"received_bytes": 1_230_000, "sent_bytes": 940})
    )
    assert "network    of its container since its start: received 1.23 MB, sent 940 B" in shown


def test_details_say_all_of_the_open_model() -> None:
    shown = "\n".join(target_details.detail_lines(ended(open_snapshot()).targets[0]))
    for part in (
        "response   p50 2.1 ms",
        "service    p50 1.4 ms",
        "arrivals   200/s",
        "dropped    0, waiting 0",
        "bytes      in 0 B/s",
        "connects   0, 0.00 % of requests",
        "read: bad body: no 'id' in it",
    ):
        assert part in shown


def test_details_say_what_redirects_took_if_there_were_any() -> None:
    one = target(0, 72)
    assert "redirects" not in "\n".join(target_details.detail_lines(one))
    window = replace(one.window, redirects=234, redirect_p50=Figure(2.0, 10.0, widened=False))
    shown = target_details.detail_lines(replace(one, window=window))
    assert "redirects  234 followed, p50 2.0 ms" in shown
