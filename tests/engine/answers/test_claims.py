"""Claims, judged by made-up sessions."""

from dataclasses import replace
from typing import Any

import pytest

from engine.answers.claims import ClaimResult, figures_text
from engine.answers.reported import answers_of
from engine.metrics.window_stats import LateBounds
from tests.engine.answers.sessions import result_of
from tests.support.made_sessions import Shape

SHAPE = Shape(seconds=90)
"""Both targets serve 100 requests/s; the second is twice as slow."""

FASTER = "fastapi.p50 < 0.7 x django-wsgi.p50 at 50 users"


def claim(says: str, shape: Shape = SHAPE, **fields: Any) -> ClaimResult:
    (found,) = answers_of(result_of(shape, claims=[says], **fields)).claims
    return found


def test_it_holds_here() -> None:
    found = claim(FASTER)
    assert (found.outcome, found.text) == ("holds", "holds here")
    assert figures_text(found).endswith("at 50 users")
    assert " < " in figures_text(found)


def test_it_does_not_hold_here() -> None:
    found = claim("fastapi.rps > 1.6 x django-wsgi.rps at 10, 50 and 100 users")
    assert found.text == "does not hold here"
    assert len(found.parts) == 3
    assert figures_text(found).count(" > ") == 3


@pytest.mark.parametrize(
    ("says", "fields", "why"),
    [
        ("fastapi.rps > django-wsgi.rps at 50 users", {}, "the limit is within the 95 % interval"),
        ("fastapi.rps > hybrid.rps at 50 users", {}, "hybrid did not take part"),
        ("fastapi.rps > 3 at 70 users", {}, "fastapi never had 70 users"),
        (FASTER, {"quick": "quick: shortened"}, "a quick run is not the published method"),
        (FASTER, {"outcome": "running"}, "the session is still running"),
        (FASTER, {"model": "open"}, "levels are arrivals, not users"),
        (
            FASTER,
            {"published": {"database": "mysql"}, "database": "sqlite"},
            "the source used MySQL, this run SQLite",
        ),
        (
            FASTER,
            {"published": {"think_time": "1 s to 2 s"}},
            "think time was 1 s to 2 s in the source, and none in this run",
        ),
        (
            FASTER,
            {"published": {"hold": 80}},
            "the run was shortened: 30 s at 50 users, where the source measured 80 s",
        ),
    ],
)
def test_it_is_not_decidable(says: str, fields: dict[str, Any], why: str) -> None:
    found = claim(says, **fields)
    assert found.text == f"not decidable, because {why}"


def test_how_much_a_figure_varies_over_the_levels() -> None:
    """Medians are proportional to users: 5, 25 and 50 ms; their means too."""
    varied = "cv(fastapi.mean at 10, 50 and 100 users)"
    found = claim(f"{varied} = about 0.69 and {varied} < 0.9 and {varied} > 0.5")
    assert found.outcome == "holds"
    assert "0.69" in figures_text(found)
    assert claim(f"{varied} > 0.9").outcome == "fails"
    missing = claim("cv(fastapi.mean at 10 and 70 users) > 0.9")
    assert missing.why == "fastapi never had 70 users"
    short = claim(f"{varied} > 0.5", published={"hold": 80})
    assert short.why.startswith("the run was shortened: ")


def test_a_level_that_settled_late_was_not_shortened() -> None:
    """30 s at 50 users, of which the figures cover 10; the source measured 40 s, unsettled ones too."""
    result = result_of(SHAPE, claims=[FASTER], published={"hold": 40})
    late = tuple(
        replace(
            target,
            levels=tuple(replace(level, stats=replace(level.stats, seconds=10.0)) for level in target.levels),
        )
        for target in result.targets
    )
    (found,) = answers_of(replace(result, targets=late)).claims
    assert found.outcome == "holds"


REPEATED = Shape(seconds=180, rps=400, repetitions=2)


@pytest.mark.parametrize(
    ("says", "repetitions", "outcome"),
    [
        ("fastapi.p50 < 0.7 x django-wsgi.p50 at 50 users", 2, "holds"),
        ("fastapi.p50 < 0.7 x django-wsgi.p50 at 50 users", 3, "undecidable"),
        ("fastapi.p50 < django-wsgi.p50 at 50 users", 3, "holds"),
        ("fastapi.p50 > django-wsgi.p50 at 50 users", 3, "fails"),
        ("fastapi.p50 > 0.6 x django-wsgi.p50 at 50 users", 2, "fails"),
        ("fastapi.p50 > 0.6 x django-wsgi.p50 at 50 users", 3, "undecidable"),
    ],
)
def test_fewer_repetitions_than_the_sources_matter_to_small_differences(
    says: str, repetitions: int, outcome: str
) -> None:
    """One target is twice as slow as the other: p50 of 25 and 50 ms."""
    found = claim(says, REPEATED, published={"repetitions": repetitions})
    assert found.outcome == outcome, found.text
    if outcome == "undecidable":
        assert found.why == (
            "only 2 of the source's 3 repetitions were run, and figures that are 25 % apart would change it"
        )


def test_a_target_that_is_missing_or_another_workload_decides_nothing() -> None:
    """Not even that a claim fails, although a part of it does."""
    partly = claim("fastapi.rps > 900 and hybrid.rps > 1 at 50 users")
    assert partly.text == "not decidable, because hybrid did not take part"
    assert claim(FASTER, workload="tasks").why.startswith("the workload is tasks in this run")


def judged_with(late: LateBounds, says: str = FASTER) -> ClaimResult:
    """A claim about levels of which this is known."""
    result = result_of(SHAPE, claims=[says])
    targets = tuple(
        replace(target, levels=tuple(replace(level, late=late) for level in target.levels))
        for target in result.targets
    )
    (found,) = answers_of(replace(result, targets=targets)).claims
    return found


def test_figures_that_cannot_be_trusted_decide_nothing() -> None:
    found = judged_with(LateBounds(distrust="1 load worker did not report in time"))
    assert found.outcome == "undecidable"
    assert found.why.endswith("the load generator was red: 1 load worker did not report in time")


def test_late_reading_decides_only_what_it_could_not_change() -> None:
    """Medians are 25 and 50 ms."""
    assert judged_with(LateBounds(p50_ms=5.0)).outcome == "holds"
    assert judged_with(LateBounds(p50_ms=20.0)).outcome == "undecidable"
    assert judged_with(LateBounds(p50_ms=20.0), "fastapi.p50 > 700 ms at 50 users").outcome == "fails"


def test_users_who_were_held_up_may_have_asked_for_more() -> None:
    """100 requests/s of 50 users: 500 ms from one request of a user to the next."""
    slower = "fastapi.rps < 130 at 50 users"
    assert judged_with(LateBounds(), slower).outcome == "holds"
    assert judged_with(LateBounds(sent_ms=120.0), slower).outcome == "undecidable"
    found = judged_with(LateBounds(read_ms=150.0), slower)
    assert found.why == "fastapi at 50 users: the load workers held users up, for 30 % of their time"


def test_too_few_requests_decide_nothing() -> None:
    found = claim("fastapi.p99 < 90 s at 50 users", Shape(seconds=60, rps=4))
    assert "too few requests for this percentile" in found.why


@pytest.mark.parametrize(
    "database", ["mysql:8.4 in a container", "mysql at 10.0.0.1:3306", "mariadb at host"]
)
def test_mariadb_stands_in_for_mysql(database: str) -> None:
    assert claim(FASTER, published={"database": "mysql"}, database=database).outcome == "holds"


@pytest.mark.parametrize(
    ("databases", "why"),
    [
        (("mysql at host:3306", "mysql at host:3306"), ""),
        (("mysql at host:3306", "sqlite"), "the source used MySQL, this run SQLite"),
        (("postgresql in a container (postgres:17)", "mysql"), "the source used MySQL, this run PostgreSQL"),
    ],
)
def test_each_target_is_asked_for_its_own_database(databases: tuple[str, ...], why: str) -> None:
    result = result_of(SHAPE, claims=[FASTER], published={"database": "mysql"}, database="; ".join(databases))
    targets = [
        replace(target, database=database) for target, database in zip(result.targets, databases, strict=True)
    ]
    (found,) = answers_of(replace(result, targets=tuple(targets))).claims
    assert found.why == why


def test_one_comparison_that_fails_is_enough() -> None:
    found = claim("fastapi.p50 < django-wsgi.p50 and fastapi.rps > 900 at 50 users")
    assert found.outcome == "fails"
    assert "900" in figures_text(found)
