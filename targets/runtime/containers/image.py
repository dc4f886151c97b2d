"""The image that all targets in containers share: built on first use, and again only when its content
changes.

Rules of this file:
- the build context is what the Dockerfile copies from the folder of this package, and nothing else, so that
  an installed wheel, a checkout and compose build the same image;
- its tag is a hash of that content and of the base image's name;
- where packages come from is the person's affair (`PIP_INDEX_URL` and its like): it is told to the build,
  whose first stage alone hears of it, and stands nowhere in the image.
"""

import hashlib
import io
import os
import time
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

import targets
from targets.errors import TargetError
from targets.runtime.containers.archive import tar_of
from targets.runtime.containers.connection import connect, trouble
from targets.runtime.containers.stream import Stream

if TYPE_CHECKING:
    import requests
    from docker import APIClient

NAME = "abreast-targets"
BASE_VARIABLE = "ABREAST_BASE_IMAGE"
"""Names another base image than the Dockerfile's own."""
USUAL_BASE = "python:3.13-slim"
NETWORK_VARIABLE = "ABREAST_BUILD_NETWORK"
"""The network of the build, as in `docker build --network`: `host` where a container finds no way out."""
PASSED = (
    "PIP_INDEX_URL",
    "PIP_EXTRA_INDEX_URL",
    "PIP_TRUSTED_HOST",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "NO_PROXY",
)
"""What a build is told of the way to its packages."""
LINES_OF_A_FAILURE = 12
PROGRESS_EVERY_S = 5.0


@dataclass(frozen=True, slots=True)
class Recipe:
    """What an image is made of."""

    tag: str
    base: str
    context: bytes
    """A tar archive."""


def recipe(folder: Path | None = None) -> Recipe:
    """The targets' image as the files of this package, or of another folder, describe it. Blocks."""
    folder = folder or Path(targets.__path__[0])
    base = os.environ.get(BASE_VARIABLE) or USUAL_BASE
    files = {str(path.relative_to(folder)): path.read_bytes() for path in sources(folder)}
    sums = hashlib.sha256(base.encode())
    for name, content in files.items():
        sums.update(b"\0%s\0%d\0" % (name.encode(), len(content)))
        sums.update(content)
    return Recipe(f"{NAME}:{sums.hexdigest()[:12]}", base, tar_of(files))


def sources(folder: Path) -> list[Path]:
    """The Dockerfile and every file that it copies, in order."""
    dockerfile = folder / "Dockerfile"
    found = {dockerfile}
    for line in dockerfile.read_text().splitlines():
        words = line.split()
        if words[:1] != ["COPY"] or words[1].startswith("--from"):
            continue
        for word in words[1:-1]:
            path = folder / word
            found |= set(path.rglob("*")) if path.is_dir() else {path}
    return sorted(path for path in found if path.is_file() and "__pycache__" not in path.parts)


def held_versions(packages: Collection[str]) -> dict[str, str]:
    """The versions of these packages that the image holds: those that it pins."""
    pinned = dict(
        line.split("==")
        for line in (Path(targets.__path__[0]) / "requirements.txt").read_text().splitlines()
        if "==" in line and not line.startswith("#")
    )
    return {name: version for name, version in pinned.items() if name in packages}


def build(
    client: "APIClient",
    wanted: Recipe,
    say: Callable[[str], None],
    opened: Callable[[Stream], None],
) -> None:
    """Builds it, and says how far it is. Blocks; `opened` gets what can be closed to make it stop. The client
    is used for nothing else. Raises TargetError with the last lines where the build fails."""

    def remember(response: "requests.Response", *_: object, **__: object) -> None:
        opened(stream := Stream(response))
        begun.append(stream)

    begun: list[Stream] = []
    client.hooks["response"].append(remember)
    client.build(
        fileobj=io.BytesIO(wanted.context),
        custom_context=True,
        tag=wanted.tag,
        buildargs={"BASE": wanted.base} | {name: os.environ[name] for name in PASSED if os.environ.get(name)},
        network_mode=os.environ.get(NETWORK_VARIABLE) or None,
        labels={"abreast.image": "targets"},
        rm=True,
        forcerm=True,
    )
    progress = _Progress(wanted, say)
    for line in begun[-1].lines():
        progress.take(orjson.loads(line))


def survey() -> str:
    """What Docker there is, in a line. Blocks. Raises TargetError where there is none."""
    client = connect()
    try:
        info, version = client.info(), client.version()
        wanted = recipe()
        has_image = bool(client.images(wanted.tag))
    except Exception as error:
        raise trouble(error, "") from error
    finally:
        client.close()
    memory = f"{info['MemTotal'] / 1024**3:.1f} GiB"
    parts = [
        f"Docker Engine {version['Version']} on {info['Name']}",
        f"{info['NCPU']} cores, {memory}",
        f"control groups {info.get('CgroupVersion', '1')}",
        "the targets' image is built" if has_image else "the targets' image is built at the first use",
    ]
    return "; ".join(parts)


class _Progress:
    """What a build said so far, and what of it is worth saying."""

    def __init__(self, wanted: Recipe, say: Callable[[str], None]) -> None:
        self._wanted = wanted
        self._say = say
        self._lines: list[str] = []
        self._said_s = time.monotonic()

    def take(self, entry: dict[str, Any]) -> None:
        """One entry of the engine's answer. Raises TargetError where it is the build's failure."""
        if "error" in entry:
            raise self._failure(str(entry["error"]))
        for line in _lines_of(entry):
            self._lines = [*self._lines, line][-LINES_OF_A_FAILURE:]
            is_step = line.startswith(("Step ", "Successfully tagged"))
            if is_step or time.monotonic() > self._said_s + PROGRESS_EVERY_S:
                self._said_s = time.monotonic()
                self._say(line)

    def _failure(self, told: str) -> TargetError:
        has_base = any(line.startswith("--->") for line in self._lines)
        if not has_base:
            base = self._wanted.base
            return TargetError(
                f"the base image {base} is not there and cannot be fetched",
                why=told,
                hint=f"fetch it where there is a network: docker pull {base}; or name another one that has "
                f"Python: {BASE_VARIABLE}=NAME",
            )
        return TargetError(
            "the targets' image cannot be built",
            why="\n".join([*self._lines, told]),
            hint="does the build reach the packages? PIP_INDEX_URL and proxies are handed to it, and "
            f"{NETWORK_VARIABLE}=host lets it use this machine's network",
        )


def _lines_of(entry: dict[str, Any]) -> Iterator[str]:
    """Lines that people may read: the build's own, and how the fetching of the base image goes on."""
    if "stream" in entry:
        yield from (line.strip() for line in str(entry["stream"]).splitlines() if line.strip())
    elif "status" in entry:
        yield " ".join(filter(None, [entry.get("id"), entry["status"], entry.get("progress")]))
