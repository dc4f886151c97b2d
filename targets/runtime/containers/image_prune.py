"""Images of the targets that no abreast will use again: finding and removing them.

Rules of this file:
- an image is superseded if it has the label of the targets' images, targets would not start from it now, no
  container uses it, and it is more than a day old: another version of abreast may be between two runs;
- an image without a name is a build stage: it is removed once it is older than any build takes, because a
  build that still runs needs it (a build that was given credentials removes its own stages);
- an image that also has names from elsewhere stays: the user may need it.
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
"""The minimum age at which an image with a name is removed."""
STAGE_STAYS_S = 3600.0
"""The same for one without."""


def remove_superseded() -> tuple[int, int]:
    """Removes superseded images; returns how many, and how many bytes that freed on the engine's disk.
    Blocks. Raises AbreastError."""
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
    """The ids of superseded images. Blocks. Raises what the library raises."""
    used = {each["ImageID"] for each in client.containers(all=True)}
    images = client.images(filters={"label": f"{LABEL}={LABELLED}"})
    return [
        each["Id"]
        for each in images
        if each["Id"] not in used
        and now_s - each["Created"] > (STAYS_S if _names(each) else STAGE_STAYS_S)
        and current not in _names(each)
        and all(name.startswith(f"{NAME}:") for name in _names(each))
    ]


def _names(image: Mapping[str, Any]) -> list[str]:
    return [name for name in image.get("RepoTags") or () if name != "<none>:<none>"]


def _remove(client: "APIClient", image: str) -> bool:
    """Removes an image and returns whether that worked. Not forced: an image that a container uses by now
    stays."""
    with suppress(Exception):
        client.remove_image(image)
        return True
    return False


def _size_bytes(client: "APIClient") -> int:
    """The size of all layers; layers that images share count once."""
    return int(client.df()["LayersSize"])
