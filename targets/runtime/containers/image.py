"""The image that all targets in containers share: built on first use, and again only when its content
changes.

Rules of this file:
- the build context is what the Dockerfile copies from the folder of this package, and nothing else, so that
  an installed wheel, a checkout and compose build the same image;
- its tag is a hash of that content and of the base image's name;
- where packages come from is the user's choice (`PIP_INDEX_URL` and the like): only the build's early stages
  get it, and it is not stored in the image. The engine keeps those stages, to build faster another time, and
  with them these settings: if a URL has credentials, they are removed at once; otherwise `abreast clean`
  removes them.
"""

import hashlib
import io
import os
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

import targets
from targets.errors import TargetError
from targets.runtime.containers.connection import connect, explanation, trouble
from targets.runtime.containers.stream import Stream
from targets.runtime.containers.tar import tar_of
from targets.secrets import masked_text

if TYPE_CHECKING:
    import requests
    from docker import APIClient

NAME = "abreast-targets"
BASE_VARIABLE = "ABREAST_BASE_IMAGE"
"""The Dockerfile's argument with the base image, and the environment variable that names another one."""
NETWORK_VARIABLE = "ABREAST_BUILD_NETWORK"
"""The build's network, as in `docker build --network`: `host` if containers cannot reach the internet."""
PASSED = (
    "PIP_INDEX_URL",
    "PIP_EXTRA_INDEX_URL",
    "PIP_TRUSTED_HOST",
    *("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"),
    *("http_proxy", "https_proxy", "no_proxy"),
)
"""The variables that say where a build gets its packages."""
LABEL, LABELLED = "abreast.image", "targets"
"""The label of every image of the targets."""
LINES_OF_A_FAILURE = 12
PROGRESS_EVERY_S = 5.0
LONGEST_LINE = 100
"""The longest progress line, in characters."""


def passed() -> dict[str, str]:
    """The variables of this process that say how to reach the packages, for every build of the image."""
    return {name: os.environ[name] for name in PASSED if os.environ.get(name)}


def build_network() -> str | None:
    """The network of every build of the image; None: the engine's default."""
    return os.environ.get(NETWORK_VARIABLE) or None


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
    base = os.environ.get(BASE_VARIABLE) or default_base(folder)
    files = {str(path.relative_to(folder)): path.read_bytes() for path in sources(folder)}
    sums = hashlib.sha256(base.encode())
    for name, content in files.items():
        sums.update(b"\0%s\0%d\0" % (name.encode(), len(content)))
        sums.update(content)
    return Recipe(f"{NAME}:{sums.hexdigest()[:12]}", base, tar_of(files))


def default_base(folder: Path | None = None) -> str:
    """The base image that the Dockerfile of this package, or of another folder, names. Blocks."""
    folder = folder or Path(targets.__path__[0])
    lines = (folder / "Dockerfile").read_text().splitlines()
    return next(
        value for line in lines for name, _, value in [line.partition("=")] if name == f"ARG {BASE_VARIABLE}"
    )


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
    lines = (Path(targets.__path__[0]) / "requirements.txt").read_text().splitlines()
    pins = [line.split(";")[0].strip().split("==") for line in lines if "==" in line and line[:1] != "#"]
    return {name: version for name, version in pins if name in packages}


def build(
    wanted: Recipe,
    client: "APIClient",
    say: Callable[[str], None],
    opened: Callable[[Stream], None],
) -> None:
    """Builds the image and reports progress to `say`. Blocks; `opened` gets the streams that can be closed to
    stop it. The client must not be used for anything else. Raises TargetError with the last lines if the
    build fails."""
    begun = _overheard(client, opened)
    client.build(
        fileobj=io.BytesIO(wanted.context),
        custom_context=True,
        tag=wanted.tag,
        buildargs={BASE_VARIABLE: wanted.base} | passed(),
        network_mode=build_network(),
        labels={LABEL: LABELLED},
        rm=True,
        forcerm=True,
    )
    progress = _Progress(say, partial(_no_build, wanted))
    try:
        for line in begun[-1].lines():
            progress.take(orjson.loads(line))
    finally:
        if any(masked_text(value) != value for value in passed().values()):
            remove_stages(client)


def remove_stages(client: "APIClient") -> int:
    """Removes unused stages that builds of the targets' image left, and returns how many. Blocks. Never
    raises."""
    removed = 0
    with suppress(Exception):
        for each in client.images(filters={"label": f"{LABEL}={LABELLED}", "dangling": True}):
            with suppress(Exception):  # a build or a container outside abreast uses it
                client.remove_image(each["Id"])
                removed += 1
    return removed


def fetch(
    name: str,
    advice: str,
    client: "APIClient",
    say: Callable[[str], None],
    opened: Callable[[Stream], None],
) -> None:
    """Pulls an image, as `build` builds one. Raises TargetError with `advice` if that fails."""
    from docker.errors import APIError

    begun = _overheard(client, opened)
    progress = _Progress(say, lambda text, _: _no_image(name, text, advice))
    repository, tag = name_and_tag(name)
    try:
        client.pull(repository, tag=tag, stream=True)
        for line in begun[-1].lines():
            progress.take(orjson.loads(line))
    except APIError as error:
        raise _no_image(name, explanation(error), advice) from error


def name_and_tag(name: str) -> tuple[str, str | None]:
    """Repository and tag of an image's name; without tag or digest, the tag is `latest`."""
    repository, colon, tag = name.rpartition(":")
    has_tag = bool(colon) and "/" not in tag
    if "@" in name:
        return name, None
    return (repository, tag) if has_tag else (name, "latest")


def _overheard(client: "APIClient", opened: Callable[[Stream], None]) -> list[Stream]:
    """The responses that the client gets from now on, each of which can be closed from outside."""

    def remember(response: "requests.Response", *_: object, **__: object) -> None:
        opened(stream := Stream(response))
        begun.append(stream)

    begun: list[Stream] = []
    client.hooks["response"].append(remember)
    return begun


def survey() -> str:
    """Describes the Docker Engine in one line. Blocks. Raises TargetError if there is none."""
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
    """The output of building or fetching an image so far; reports the lines worth showing."""

    def __init__(self, say: Callable[[str], None], failure: Callable[[str, list[str]], TargetError]) -> None:
        """`failure` makes an error from the engine's message and the last lines before it."""
        self._say = say
        self._failure = failure
        self._lines: list[str] = []
        self._said_s = time.monotonic()

    def take(self, entry: dict[str, Any]) -> None:
        """Takes one entry of the engine's response. Raises TargetError if it is a failure."""
        if "error" in entry:
            raise self._failure(str(entry["error"]), self._lines)
        for line in _lines_of(entry):
            self._lines = [*self._lines, line][-LINES_OF_A_FAILURE:]
            is_step = line.startswith(("Step ", "Successfully tagged"))
            if is_step or time.monotonic() > self._said_s + PROGRESS_EVERY_S:
                self._said_s = time.monotonic()
                self._say(line if len(line) <= LONGEST_LINE else f"{line[: LONGEST_LINE - 1]}…")


def _no_build(wanted: Recipe, text: str, lines: list[str]) -> TargetError:
    if not any(line.startswith("--->") for line in lines):
        base = wanted.base
        return TargetError(
            f"the base image {base} is missing and cannot be fetched",
            why=text,
            hint=f"fetch it while online: docker pull {base}; or name another one that has "
            f"Python: {BASE_VARIABLE}=NAME",
        )
    return TargetError(
        "the targets' image cannot be built",
        why="\n".join([*lines, text]),
        hint="does the build reach the packages? PIP_INDEX_URL and proxies are handed to it, and "
        f"{NETWORK_VARIABLE}=host lets it use this machine's network",
    )


def _no_image(name: str, text: str, advice: str) -> TargetError:
    return TargetError(f"the image {name} is missing and cannot be fetched", why=text, hint=advice)


def _lines_of(entry: dict[str, Any]) -> Iterator[str]:
    """Lines to show to the user: the build's output, and the progress of fetching the base image."""
    if "stream" in entry:
        yield from (line.strip() for line in str(entry["stream"]).splitlines() if line.strip())
    elif "status" in entry:
        yield " ".join(filter(None, [entry.get("id"), entry["status"], entry.get("progress")]))
