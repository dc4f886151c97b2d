"""Claims and reported figures as rows of text."""

from dataclasses import replace

from engine.answers.reported import answers_of
from engine.export.document import folded
from tests.engine.answers.sessions import result_of
from tests.support.made_sessions import Shape, records
from tui.views.answers import answer_lines, answer_rows
from tui.views.rows import Row

REPORTED = [
    {"target": target, "metric": metric, "values": {"50": value, "70": value}}
    for target, metric, value in (
        ("fastapi", "rps", 200),
        ("django-wsgi", "rps", 50),
        ("fastapi", "p50", 20),
        ("django-wsgi", "p50", 80),
        ("fastapi", "errors", 0.5),
    )
]
CLAIMS = ["fastapi.p50 < 60 ms at 50 users", "fastapi.rps > 900 at 50 users", "fastapi.rps > 9 at 70 users"]


def lines(width: int) -> list[str]:
    answers = answers_of(result_of(Shape(seconds=60), claims=CLAIMS, reported=REPORTED))
    return [text(row) for row in answer_rows(answers, width)]


def text(row: Row) -> str:
    return "".join(span.text for span in row).rstrip()


def test_claims_are_counted_first_and_listed_last() -> None:
    first, *_, holds, fails, undecided = lines(160)
    assert first == " claims of the source: 1 holds here, 1 does not hold here, 1 not decidable"
    assert holds.startswith(" ✔ c0 holds here: a claim [")
    assert fails.startswith(" ✖ c1 does not hold here: a claim [")
    assert undecided == " ? c2 not decidable, because fastapi never had 70 users: a claim"


def test_reported_beside_measured() -> None:
    title, head, fast, slow, rest = lines(160)[1:6]
    assert title == " reported → here, and as multiples of fastapi"
    assert head.split() == ["rps", "ratio", "errors", "ratio", "p50", "ratio"]
    assert fast.split()[:8] == ["50", "users", "●", "fastapi", "200/s", "→", "100/s", "0.5"]
    assert "0.25× → 1.0×" in slow
    assert "4.0× → 2.0×" in slow
    assert rest.startswith(" 5 more reported, not measured here: fastapi never had 70 users; ")


def test_a_narrow_screen_has_fewer_metrics() -> None:
    narrow = lines(80)
    assert max(map(len, narrow[:5])) <= 80
    assert narrow[2].split() == ["rps", "ratio"]


def test_a_running_session_has_lines_too() -> None:
    snapshot = folded(records(Shape(seconds=60))).final_snapshot()
    assert answer_lines(snapshot, 70) == []
    plan = {"reported": REPORTED, "claim": [{"id": "a", "text": "fast", "says": CLAIMS[0], "where": ""}]}
    running = replace(snapshot, plan=plan, phase="running")
    title, *_, last = answer_lines(running, 70)
    assert title == "claims of the source: 1 not decidable"
    assert last.startswith("? a not decidable, because the session is still running: fast [")


def test_nothing_measured_is_one_line() -> None:
    reported = [{"target": "fastapi", "metric": "rps", "values": {"70": 3}}]
    answers = answers_of(result_of(Shape(seconds=60), reported=reported))
    assert [text(row) for row in answer_rows(answers, 80)] == [
        " nothing beside the reported figures: fastapi never had 70 users"
    ]
