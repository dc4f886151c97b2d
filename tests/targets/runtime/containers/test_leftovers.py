"""What a session leaves in an engine is taken away, whatever the engine refuses."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from targets.errors import AbreastError
from targets.runtime.containers import leftovers
from targets.runtime.containers.leftovers import SESSION_LABEL, has_note, leave_note, remove_noted
from targets.runtime.containers.where import Where
from tests import docker

if TYPE_CHECKING:
    from docker import APIClient


def things_of(client: "APIClient", session_id: str) -> set[str]:
    """A network and a volume of the session, made for the test."""
    labels = {SESSION_LABEL: session_id}
    network = client.create_network(f"abreast-{session_id}", labels=labels)["Id"]
    volume = client.create_volume(f"abreast-{session_id}", labels=labels)["Name"]
    return {network, volume}


@pytest.mark.parametrize(
    ("refused", "stays"), [(b"GET /containers", 0), (b"GET /volumes", 1), (b"DELETE /networks", 1)]
)
def test_what_an_engine_refuses_does_not_keep_the_rest(
    client: "APIClient",
    session_id: str,
    tmp_path: Path,
    refused: bytes,
    stays: int,
) -> None:
    gateway = docker.Gateway(tmp_path / "gateway.sock", refused=refused)
    try:
        things_of(client, session_id)
        leave_note(tmp_path, Where(f"unix://{gateway.path}"))
        with pytest.raises(AbreastError, match="what is left cannot be removed") as caught:
            remove_noted(tmp_path, session_id, within_s=1)
        assert "not allowed by the gateway" in caught.value.why
        assert has_note(tmp_path), "somebody has to come again"
        assert len(docker.things(client, session_id)) == stays

        gateway.refused = b""
        assert remove_noted(tmp_path, session_id) == stays
        assert not has_note(tmp_path)
        assert docker.things(client, session_id) == set()
    finally:
        gateway.close()
        leftovers.remove_all(client, session_id)


def test_an_engine_that_stops_in_the_middle_is_a_named_error(
    client: "APIClient", session_id: str, tmp_path: Path
) -> None:
    gateway = docker.Gateway(tmp_path / "gateway.sock", ending=b"GET /networks")
    try:
        leave_note(tmp_path, Where(f"unix://{gateway.path}"))
        with pytest.raises(AbreastError, match="what is left cannot be removed"):
            remove_noted(tmp_path, session_id)
        assert has_note(tmp_path)
    finally:
        gateway.close()


def test_a_note_that_cannot_be_taken_away_is_a_named_error(
    client: "APIClient", session_id: str, tmp_path: Path
) -> None:
    (tmp_path / leftovers.NOTE).mkdir()
    with pytest.raises(AbreastError, match="what is left cannot be removed"):
        remove_noted(tmp_path, session_id)
