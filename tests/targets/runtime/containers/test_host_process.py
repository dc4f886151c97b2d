"""A container's processes as seen from outside."""

from pathlib import Path

import pytest

from targets.runtime.containers.host_process import is_in_container

CONTAINER = "4f1f3b6c"


@pytest.mark.parametrize(
    ("part", "text", "is_in"),
    [
        ("cgroup", f"0::/system.slice/docker-{CONTAINER}.scope", True),
        (
            "mountinfo",
            f"599 481 254:1 /var/lib/docker/containers/{CONTAINER}/hostname /etc/hostname rw",
            True,
        ),
        ("cgroup", "0::/user.slice/user-1000.slice", False),
    ],
)
def test_a_process_is_told_by_its_control_group_or_its_files(
    tmp_path: Path, part: str, text: str, *, is_in: bool
) -> None:
    (tmp_path / "7").mkdir()
    (tmp_path / "7" / part).write_text(text)
    assert is_in_container(7, CONTAINER, tmp_path) == is_in


def test_a_process_of_another_machine_is_not_there(tmp_path: Path) -> None:
    assert not is_in_container(7, CONTAINER, tmp_path)
