"""What a saved plan says for all targets, it says only if one of them follows it."""

import pytest

from engine.export.plan_file import plan_file
from engine.plan.plan import make_plan
from tests.engine.export.test_plan_file import read_back, session

OWN = {"name": "mine", "url": "http://127.0.0.1:9"}


@pytest.mark.parametrize(
    ("targets", "workload", "kept"),
    [
        (["mine"], "io", ("local", "")),
        (["mine", "fastapi"], "io", ("docker", "sqlite")),
        (["mine", "fastapi:runtime=local"], "io", ("local", "sqlite")),
        (["fastapi:database=mysql"], "io", ("docker", "")),
        (["fastapi"], "hello", ("docker", "")),
    ],
)
def test_runtime_and_database_are_saved_if_a_target_follows_them(
    targets: list[str], workload: str, kept: tuple[str, str]
) -> None:
    """Sessions have them without effect where a variable set them, or an older plan."""
    values = {
        "title": "Mine",
        "targets": targets,
        "target": [OWN] if "mine" in targets else [],
        "workload": workload,
        "runtime": "docker",
        "database": "sqlite",
        "stages": [{"users": 2, "hold": "20 s"}],
    }
    plan = make_plan(values, where="test")
    saved = read_back(plan_file(session(plan)))
    assert (saved.runtime, saved.database) == kept
    assert [each.text for each in saved.targets] == [each.text for each in plan.targets]
