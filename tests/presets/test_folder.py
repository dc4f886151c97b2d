"""Which TOML files of a folder are plans."""

from pathlib import Path

import pytest

from presets.folder import MAX_BYTES, is_plan, plans_in

PLAN = 'targets = ["fastapi"]\n[[stages]]\nusers = 1\nhold = "5 s"\n'


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        (PLAN, True),
        ('[[target]]\nname = "a"\n', True),
        ("levels = [1, 2]\n", True),
        ('targets = ["fastapi"\n[[stages]]\n', True),
        ("stages = [\n", True),
        ("", False),
        ("a = 1\n", False),
        ("not toml at all", False),
        ('[project]\nname = "x"\n', False),
        ('[project]\nname = "x\n[[target]]\n', False),
        ('[tool.black]\ntarget = ["py311"]\n', False),
        ('[package]\nname = "x"\n[[target]]\n', False),
        ("[" * 10_000, False),
    ],
)
def test_a_plan_is_told_from_the_settings_of_others(text: str, is_one: bool) -> None:
    assert is_plan(text) == is_one


def test_a_folder_is_searched_for_plans_and_nothing_stops_that(tmp_path: Path) -> None:
    (tmp_path / "b.toml").write_text(PLAN)
    (tmp_path / "a.toml").write_text("targets = [\n")
    (tmp_path / "pyproject.toml").write_text("[project]\n")
    (tmp_path / "plan.txt").write_text(PLAN)
    (tmp_path / "folder.toml").mkdir()
    (tmp_path / "bytes.toml").write_bytes(b"targets = '\xff'")
    (tmp_path / "large.toml").write_text(PLAN + "#" * MAX_BYTES)
    (tmp_path / "gone.toml").symlink_to(tmp_path / "nothing")
    assert plans_in(tmp_path) == ["a.toml", "b.toml"]
    assert plans_in(tmp_path / "nothing") == []
