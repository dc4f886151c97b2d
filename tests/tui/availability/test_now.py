"""The state that commands depend on."""

from dataclasses import replace

from tests.support.fakes import snapshot, with_target
from tui.availability.now import Now, now_of


def test_before_its_first_snapshot_a_session_is_starting() -> None:
    assert now_of(None, "fastapi", frozen=True) == Now(phase="starting", frozen=True)


def test_keys_control_all_targets_while_they_are_linked() -> None:
    picture = with_target(snapshot(), "fastapi", load={"paused": True, "manual": True})
    linked, alone = now_of(picture, "fastapi"), now_of(replace(picture, linked=False), "fastapi")
    assert [target.name for target in linked.controlled] == [target.name for target in picture.targets]
    assert [target.name for target in alone.controlled] == ["fastapi"]
    assert (linked.paused, alone.paused) == (False, True), "all must be paused"
    assert (linked.manual, alone.manual) == (True, True)
    assert now_of(picture, "gone").selected is None
