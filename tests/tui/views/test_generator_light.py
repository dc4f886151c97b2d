"""The generator's light in lines."""

from engine.metrics.snapshot import HealthSnapshot
from tui.views.generator_light import light_lines, reason_lines


def test_every_reason_has_a_line_and_the_busiest_worker_comes_last() -> None:
    health = HealthSnapshot("red", ("late", "busy"), 9.0, 3.1, contended=False)
    assert reason_lines(health) == ["generator red: late", "  busy"]
    assert light_lines(health) == [
        "generator red: late",
        "  busy",
        "  busiest load worker: 9 % of its core; its heartbeats are up to 3.1 ms late (p99)",
    ]


def test_without_reasons_or_readings_the_light_is_all() -> None:
    assert light_lines(HealthSnapshot("off", (), None, None, contended=False)) == ["generator off"]


def test_load_from_a_cluster_says_from_how_many_nodes() -> None:
    one = HealthSnapshot("green", (), 9.0, 3.1, contended=False, workers=1, nodes=1)
    assert light_lines(one)[1] == "  load comes from a cluster: 1 worker on 1 node"
    many = HealthSnapshot("green", (), 9.0, 3.1, contended=False, workers=12, nodes=3)
    assert light_lines(many)[1] == "  load comes from a cluster: 12 workers on 3 nodes"
    assert HealthSnapshot("green", (), 9.0, 3.1, contended=False, workers=2).cluster_text == ""
