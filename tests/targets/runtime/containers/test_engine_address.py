"""Which engine is selected: by variables, and by contexts as `docker` keeps them."""

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from docker.context import ContextAPI
from docker.tls import TLSConfig

from targets.errors import TargetError
from targets.runtime.containers import cleanup
from targets.runtime.containers.connection import published_at
from targets.runtime.containers.engine import Engine
from targets.runtime.containers.engine_address import DEFAULT_ADDRESS, EngineAddress, selected_engine
from tests.support import docker
from tests.support.images import registry
from tests.targets.runtime.containers.conftest import Opened

if TYPE_CHECKING:
    from docker import APIClient


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where `docker` keeps what it knows, of a person who chose nothing yet."""
    folder = tmp_path / "docker"
    folder.mkdir()
    (folder / "config.json").write_text("{}")
    monkeypatch.setenv("DOCKER_CONFIG", str(folder))
    for name in ("DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_TLS_VERIFY", "DOCKER_CERT_PATH"):
        monkeypatch.delenv(name, raising=False)
    return folder


def keep(folder: Path, name: str, address: str) -> None:
    """As `docker context create` does."""
    kept = folder / "contexts" / "meta" / hashlib.sha256(name.encode()).hexdigest()
    kept.mkdir(parents=True)
    endpoint = {"Host": address, "SkipTLSVerify": False}
    about = {"Name": name, "Metadata": {}, "Endpoints": {"docker": endpoint}}
    (kept / "meta.json").write_text(json.dumps(about))


def use(folder: Path, name: str) -> None:
    """As `docker context use` does."""
    (folder / "config.json").write_text(json.dumps({"currentContext": name}))


def test_without_a_choice_it_is_this_machines(folder: Path) -> None:
    assert selected_engine() == EngineAddress(DEFAULT_ADDRESS)
    use(folder, "default")
    assert selected_engine() == EngineAddress(DEFAULT_ADDRESS)
    (folder / "config.json").unlink()
    assert selected_engine() == EngineAddress(DEFAULT_ADDRESS)


def test_a_variable_goes_before_another_before_the_current_context(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("current", "named"):
        keep(folder, name, f"tcp://{name}.example:2375")
    use(folder, "current")
    assert (selected_engine().address, published_at()) == ("tcp://current.example:2375", "current.example")
    monkeypatch.setenv("DOCKER_CONTEXT", "named")
    assert (selected_engine().address, published_at()) == ("tcp://named.example:2375", "named.example")
    monkeypatch.setenv("DOCKER_HOST", "tcp://said.example:2375")
    assert (selected_engine().address, published_at()) == ("tcp://said.example:2375", "said.example")


def test_contexts_are_found_without_a_configuration(folder: Path) -> None:
    keep(folder, "far", "ssh://me@far.example")
    (folder / "config.json").unlink()
    assert selected_engine({"DOCKER_CONFIG": str(folder), "DOCKER_CONTEXT": "far"}) == EngineAddress(
        "ssh://me@far.example"
    )
    (folder.parent / ".docker").symlink_to(folder)
    assert selected_engine({"HOME": str(folder.parent), "DOCKER_CONTEXT": "far"}) == EngineAddress(
        "ssh://me@far.example"
    )


@pytest.mark.parametrize("is_variable", [True, False])
def test_an_unknown_context_is_an_error(
    folder: Path, monkeypatch: pytest.MonkeyPatch, is_variable: bool
) -> None:
    if is_variable:
        monkeypatch.setenv("DOCKER_CONTEXT", "nope")
    else:
        use(folder, "nope")
    with pytest.raises(TargetError, match="unknown Docker context 'nope'") as caught:
        selected_engine()
    assert "docker context ls" in caught.value.hint
    assert published_at() == "127.0.0.1", "whoever only wants to know a host is not kept"


def test_an_address_that_is_none_is_an_error(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keep(folder, "torn", "tcp://[::1")
    with pytest.raises(TargetError, match="'torn' cannot be read"):
        selected_engine({"DOCKER_CONFIG": str(folder), "DOCKER_CONTEXT": "torn"})
    monkeypatch.setenv("DOCKER_HOST", "tcp://[::1")
    with pytest.raises(TargetError, match="DOCKER_HOST is not the address of an engine"):
        selected_engine()
    assert published_at() == "127.0.0.1"


def test_a_context_that_cannot_be_read_is_an_error(folder: Path) -> None:
    keep(folder, "torn", "tcp://far.example:2375")
    (path,) = folder.glob("contexts/meta/*/meta.json")
    path.write_text("{")
    use(folder, "torn")
    with pytest.raises(TargetError, match="the Docker context 'torn' cannot be read") as caught:
        selected_engine()
    assert str(path) in caught.value.why


def test_certificates_come_along(folder: Path, tmp_path: Path) -> None:
    paths = [tmp_path / f"{name}.pem" for name in ("cert", "key", "ca")]
    for path in paths:
        path.write_text(path.name)
    certificate, key, authorities = map(str, paths)
    ContextAPI.create_context(
        "far", host="tcp://far.example:2376", tls_cfg=TLSConfig((certificate, key), authorities, verify=True)
    )
    found = selected_engine({"DOCKER_CONFIG": str(folder), "DOCKER_CONTEXT": "far"})
    assert [Path(each).read_text() for each in (found.certificate, found.key, found.authorities)] == [
        "cert.pem",
        "key.pem",
        "ca.pem",
    ]
    assert found.verifies
    said = {"DOCKER_HOST": "tcp://far.example:2376", "DOCKER_CERT_PATH": str(tmp_path)}
    assert selected_engine(said) == EngineAddress("tcp://far.example:2376", certificate, key, authorities)
    assert selected_engine(said | {"DOCKER_TLS_VERIFY": "1"}).verifies


@pytest.mark.anyio
async def test_a_session_stays_with_its_engine(
    opened: Opened, folder: Path, tmp_path: Path, session_id: str, client: "APIClient"
) -> None:
    """Somebody switches the context while it runs: what it wants later, and its cleaning, are not another
    engine's."""
    gateway = docker.Gateway(tmp_path / "gateway.sock")
    keep(folder, "here", f"unix://{gateway.path}")
    keep(folder, "elsewhere", f"unix://{tmp_path}/none.sock")
    use(folder, "here")
    try:
        async with opened() as (engine, _):
            await engine.open()
            assert len(docker.things(client, session_id)) == 1
            use(folder, "elsewhere")
            assert cleanup.noted(tmp_path)[0].address == f"unix://{gateway.path}"
            await fetches(engine, client)
        assert docker.things(client, session_id) == set()
        assert not cleanup.has_note(tmp_path)
    finally:
        gateway.close()


async def fetches(engine: Engine, client: "APIClient") -> None:
    """Has an image made over a connection of its own."""
    with registry("abreast-test-where") as name:
        try:
            await engine.image(f"{name}:1")
            assert client.images(f"{name}:1")
        finally:
            client.remove_image(f"{name}:1", force=True)
