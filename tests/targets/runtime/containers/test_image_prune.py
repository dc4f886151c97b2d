"""Which images `abreast clean` takes away, and which it must never touch."""

import json
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from targets.runtime.containers.image import LABEL, LABELLED
from targets.runtime.containers.image_prune import remove_superseded, superseded
from tests.support.images import config, packed

if TYPE_CHECKING:
    from docker import APIClient

LONG_AGO, LATELY = "2020-01-01T00:00:00Z", "2999-01-01T00:00:00Z"
Made = Callable[..., str]


def archive(*tags: str, created: str, label: str) -> bytes:
    """An image with one file, as `docker load` takes it."""
    layer = packed({"file": ",".join(tags).encode()})
    manifest = [{"Config": "config.json", "RepoTags": list(tags), "Layers": ["layer.tar"]}]
    return packed(
        {
            "config.json": config(layer, created=created, labels={LABEL: label}),
            "manifest.json": json.dumps(manifest).encode(),
            "layer.tar": layer,
        }
    )


@pytest.fixture
def made(client: "APIClient") -> Iterator[Made]:
    """Makes images, which are gone afterwards."""
    tags: list[str] = []
    apart = secrets.token_hex(4)

    def make(*given: str, created: str = LONG_AGO, label: str = LABELLED) -> str:
        names = [f"{name}-{apart}" for name in given]
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
    container = client.create_container(kept["in use"])["Id"]
    try:
        remove_superseded()
    finally:
        client.remove_container(container)
    there = {each["Id"] for each in client.images()}
    assert not {old, older} & there
    assert {why for why, image in kept.items() if image not in there} == set()


def test_stages_go_once_no_build_can_need_them(client: "APIClient", made: Made) -> None:
    """They have no name any more, or never had one."""
    moment = datetime.now(UTC)
    stage = made("abreast-targets:test-stage", created=moment.isoformat())
    other = made("abreast-test:other-stage", created=moment.isoformat(), label="other")
    for each in (stage, other):
        (name,) = client.inspect_image(each)["RepoTags"]  # type: ignore[no-untyped-call]
        list(client.load_image(archive(name, created="2998-01-01T00:00:00Z", label="another")))  # type: ignore[no-untyped-call]
    try:
        assert stage not in superseded(client, "", moment.timestamp() + 60)
        found = superseded(client, "", moment.timestamp() + 4000)
        assert stage in found
        assert other not in found
    finally:
        for each in (stage, other):
            client.remove_image(each, force=True)


def test_the_current_image_stays_however_old(client: "APIClient", made: Made) -> None:
    current, old = made("abreast-targets:test-current"), made("abreast-targets:test-old")
    (name,) = client.inspect_image(current)["RepoTags"]  # type: ignore[no-untyped-call]
    found = superseded(client, name, time.time())
    assert old in found
    assert current not in found
