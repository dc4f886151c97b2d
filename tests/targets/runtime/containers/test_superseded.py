"""Which images `abreast clean` takes away, and which it must never touch."""

import hashlib
import io
import json
import tarfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from targets.runtime.containers.image import LABEL, LABELLED
from targets.runtime.containers.superseded import remove_superseded, superseded

if TYPE_CHECKING:
    from docker import APIClient

LONG_AGO, LATELY = "2020-01-01T00:00:00Z", "2999-01-01T00:00:00Z"
Made = Callable[..., str]


def archive(*tags: str, created: str, label: str) -> bytes:
    """An image with one file, as `docker load` takes it."""
    layer = packed({"file": ",".join(tags).encode()})
    config = {
        "architecture": "amd64",
        "os": "linux",
        "created": created,
        "config": {"Labels": {LABEL: label}, "Cmd": ["true"]},
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{sha256(layer)}"]},
    }
    manifest = [{"Config": "config.json", "RepoTags": list(tags), "Layers": ["layer.tar"]}]
    files = {"config.json": config, "manifest.json": manifest}
    return packed({name: json.dumps(each).encode() for name, each in files.items()} | {"layer.tar": layer})


def packed(files: dict[str, bytes]) -> bytes:
    """A tar archive."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()


def sha256(content: bytes) -> str:
    """A sum, as the engine names layers."""
    return hashlib.sha256(content).hexdigest()


@pytest.fixture
def made(client: "APIClient") -> Iterator[Made]:
    """Makes images, which are gone afterwards."""
    tags: list[str] = []

    def make(*names: str, created: str = LONG_AGO, label: str = LABELLED) -> str:
        tags.extend(names)
        list(client.load_image(archive(*names, created=created, label=label)))  # type: ignore[no-untyped-call]  # the stubs leave it out
        return str(client.inspect_image(names[0])["Id"])  # type: ignore[no-untyped-call]

    yield make
    for tag in tags:
        with suppress(Exception):
            client.remove_image(tag, force=True)


def test_old_images_of_targets_go_and_nothing_else(client: "APIClient", made: Made) -> None:
    old, older = made("abreast-targets:test-old"), made("abreast-targets:test-older")
    kept = {
        "of somebody else": made("abreast-test:other", label="other"),
        "made lately": made("abreast-targets:test-lately", created=LATELY),
        "with a person's name": made("abreast-targets:test-named", "abreast-test:mine"),
        "in use": made("abreast-targets:test-used"),
    }
    container = client.create_container("abreast-targets:test-used")["Id"]
    try:
        removed, freed_bytes = remove_superseded()
    finally:
        client.remove_container(container)
    there = {each["Id"] for each in client.images()}
    assert removed >= 2
    assert freed_bytes >= 0
    assert not {old, older} & there
    assert {why for why, image in kept.items() if image not in there} == set()


def test_the_current_image_stays_however_old(client: "APIClient", made: Made) -> None:
    current, old = made("abreast-targets:test-current"), made("abreast-targets:test-old")
    found = superseded(client, "abreast-targets:test-current", time.time())
    assert old in found
    assert current not in found
