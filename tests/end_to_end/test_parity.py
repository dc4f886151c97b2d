"""Targets that do not work alike are not compared as if they did."""

from pathlib import Path

from tests.support.fronts import started

DIFFERENT = '["fastapi", "fastapi:orm_writes=bulk"]'
PLAN = """\
targets = {targets}
workload = "io"
think_time = "10 ms"
warm_up = "none"
{more}

[[stages]]
hold = "1 s"
users = 2
"""

DIFFERENCE = (
    "io: work differs: fastapi: INSERT=10;UPDATE=5;DELETE=10;COMMIT=8;write=1;read=1; "
    "fastapi bulk: INSERT=10;UPDATE=1;DELETE=1;COMMIT=4;write=1;read=1"
)
SETTINGS = "settings that differ: orm_writes: fastapi rows, fastapi bulk"


def plan(folder: Path, targets: str, more: str = "") -> None:
    """A plan in the folder that a front runs in."""
    (folder / "plan.toml").write_text(PLAN.format(targets=targets, more=more))


def test_a_difference_stops_the_run_before_load(tmp_path: Path) -> None:
    plan(tmp_path, DIFFERENT)
    with started(tmp_path, "run", "plan.toml", "--headless") as front:
        assert front.wait() == 2

    assert "abreast: the targets differ in their answers or their work" in front.err
    assert DIFFERENCE in front.err
    assert "--accept-difference" in front.err
    assert "ok/s" not in front.err + front.out


def test_a_difference_that_is_declared_is_told_with_the_result(tmp_path: Path) -> None:
    plan(tmp_path, DIFFERENT, 'expected_difference = "published so"')
    with started(tmp_path, "run", "plan.toml", "--headless", "--export", "session.json") as front:
        assert front.wait() == 0, front.err

    told = f"{DIFFERENCE} (as declared: published so)"
    assert told in front.out.splitlines()
    assert SETTINGS in front.out.splitlines()
    exported = (tmp_path / "session.json").read_text()
    assert told in exported
    assert SETTINGS in exported


def test_a_difference_can_be_accepted(tmp_path: Path) -> None:
    plan(tmp_path, DIFFERENT)
    with started(tmp_path, "run", "plan.toml", "--json", "--accept-difference") as front:
        assert front.wait() == 0, front.err

    assert [each["text"] for each in front.json["events"] if each["kind"] == "difference"] == [
        f"{DIFFERENCE} (accepted)"
    ]
    versions = front.json["targets"][0]["versions"]
    assert {"SQLite", "aiosqlite", "tortoise-orm"} <= versions.keys()
