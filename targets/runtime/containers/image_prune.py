"""Images of the targets that no abreast will use again: finding and removing them.

Rules of this file:
- an image is superseded where its label says that it is of the targets, it is not the one that they would be
  started from, no container is made of it, and it has been there for a day: an abreast of another version may
  be between two runs;
- one without any name is a stage of a build, which may hold the address and credentials of its packages: it
  goes, however young;
- what else an image's name stands for is a person's affair: one that has more names than ours stays.
"""

from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from targets.runtime.containers.connection import connect, trouble
from targets.runtime.containers.image import LABEL, LABELLED, NAME, recipe

if TYPE_CHECKING:
    from docker import APIClient

STAYS_S = 86_400.0
"""How long an image with a name stays at least."""


def remove_superseded() -> tuple[int, int]:
    """How many were removed, and how many bytes the engine's disk has back. Blocks. Raises AbreastError."""
    current = recipe().tag
    client = connect()
    try:
        found = superseded(client, current, datetime.now(UTC).timestamp())
        before_bytes = _size_bytes(client) if found else 0
        removed = sum(_remove(client, each) for each in found)
        return removed, max(0, before_bytes - _size_bytes(client)) if removed else 0
    except Exception as error:
        raise trouble(error, "the targets' old images cannot be removed") from error
    finally:
        client.close()


def superseded(client: "APIClient", current: str, now_s: float) -> list[str]:
    """Their ids. Blocks. Raises what the library raises."""
    used = {each["ImageID"] for each in client.containers(all=True)}
    images = client.images(filters={"label": f"{LABEL}={LABELLED}"})
    return [
        each["Id"]
        for each in images
        if each["Id"] not in used
        and (now_s - each["Created"] > STAYS_S or not _names(each))
        and current not in _names(each)
        and all(name.startswith(f"{NAME}:") for name in _names(each))
    ]


def _names(image: Mapping[str, Any]) -> list[str]:
    return [name for name in image.get("RepoTags") or () if name != "<none>:<none>"]


def _remove(client: "APIClient", image: str) -> bool:
    """Whether it is gone. One that a container was made of meanwhile stays, since nothing is forced."""
    with suppress(Exception):
        client.remove_image(image)
        return True
    return False


def _size_bytes(client: "APIClient") -> int:
    """All layers together, those that images share counted once."""
    return int(client.df()["LayersSize"])
