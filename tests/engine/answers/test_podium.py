"""Places of targets that a fault hit."""

from dataclasses import replace
from typing import Any

from engine.answers.podium import Place, Podium, podiums
from engine.metrics.snapshot import Recovery, Snapshot
from tests.support.fakes import snapshot

STRUCK = Recovery(1, "fastapi", "pause", 20.0, 23.0, 24.0, 0.0, 10.0, 0.0, 10.2, 0, load_changed=False)


def with_recoveries(*recoveries: Recovery) -> Snapshot:
    return replace(snapshot(), recoveries=recoveries)


def struck(number: int, target: str, recovered_s: float | None, **changes: Any) -> Recovery:
    return replace(STRUCK, number=number, target=target, recovered_s=recovered_s, **changes)


def test_the_first_to_recover_is_first_and_equals_share_a_place() -> None:
    (podium,) = podiums(
        with_recoveries(
            struck(1, "fastapi", 29.2),
            struck(2, "django-wsgi", 24.0, began_s=20.4),
            struck(3, "django-asgi", 24.0, began_s=20.3),
        )
    )
    assert podium == Podium(
        "pause",
        20.0,
        (Place("django-asgi", 4, 1), Place("django-wsgi", 4, 1), Place("fastapi", 10, 3)),
    )
    assert podium.is_decided


def test_a_target_that_has_not_recovered_is_last_and_nothing_is_decided() -> None:
    (podium,) = podiums(with_recoveries(struck(1, "fastapi", None), struck(2, "django-wsgi", 26.0)))
    assert [(each.target, each.place) for each in podium.places] == [("django-wsgi", 1), ("fastapi", 0)]
    assert not podium.is_decided


def test_one_target_alone_is_no_race() -> None:
    assert podiums(with_recoveries(struck(1, "fastapi", 24.0))) == ()
    assert podiums(snapshot()) == ()


def test_faults_of_other_kinds_or_of_another_time_are_apart() -> None:
    found = podiums(
        with_recoveries(
            struck(1, "fastapi", 24.0),
            struck(2, "django-wsgi", 25.0),
            struck(3, "fastapi", 44.0, began_s=40.0),
            struck(4, "django-wsgi", 43.0, began_s=40.2),
            struck(5, "django-asgi", 43.0, began_s=40.2, fault="kill"),
        )
    )
    assert [(each.began_s, [place.target for place in each.places]) for each in found] == [
        (20.0, ["fastapi", "django-wsgi"]),
        (40.0, ["django-wsgi", "fastapi"]),
    ]


def test_what_cannot_be_judged_has_no_place() -> None:
    recoveries = (struck(1, "fastapi", 24.0), struck(2, "django-wsgi", None, before_p95_ms=None))
    assert podiums(with_recoveries(*recoveries)) == ()
