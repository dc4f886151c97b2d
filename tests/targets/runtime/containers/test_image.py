"""What the image is made of, and when it is another one."""

import io
import shutil
import tarfile
from contextlib import nullcontext, suppress
from dataclasses import replace
from pathlib import Path

import pytest
from docker.errors import NotFound

import targets
from targets.errors import TargetError
from targets.runtime.containers.image import (
    LABEL,
    LABELLED,
    build,
    default_base,
    fetch,
    name_and_tag,
    recipe,
    sources,
)
from tests.support import docker
from tests.support.images import registry

CONTEXT = Path(targets.__path__[0])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the build context's folder."""
    return Path(shutil.copytree(CONTEXT, tmp_path / "targets"))


def test_the_context_is_what_the_dockerfile_copies() -> None:
    with tarfile.open(fileobj=io.BytesIO(recipe().context)) as archive:
        names = archive.getnames()
    assert {"Dockerfile", "requirements.txt", "__init__.py", "apps/fastapi_app.py"} <= set(names)
    assert not [name for name in names if name.startswith(("runtime", "catalog")) or "__pycache__" in name]
    assert names == [str(path.relative_to(CONTEXT)) for path in sources(CONTEXT)]


@pytest.mark.parametrize("name", ["Dockerfile", "requirements.txt", "apps/fastapi_app.py"])
def test_another_content_is_another_image(folder: Path, name: str) -> None:
    before = recipe(folder).tag
    assert before == recipe().tag == recipe(folder).tag
    with (folder / name).open("a") as file:
        file.write("\n# another line\n")
    assert recipe(folder).tag != before


def test_a_file_more_is_another_image_and_what_is_not_copied_is_none(folder: Path) -> None:
    before = recipe(folder).tag
    (folder / "catalog.py").write_text("")
    (folder / "apps" / "__pycache__").mkdir(exist_ok=True)
    (folder / "apps" / "__pycache__" / "work.pyc").write_text("")
    assert recipe(folder).tag == before
    (folder / "apps" / "more.py").write_text("")
    assert recipe(folder).tag != before


def test_another_base_is_another_image(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ABREAST_BASE_IMAGE", raising=False)
    usual = recipe()
    assert usual.base == default_base()
    monkeypatch.setenv("ABREAST_BASE_IMAGE", "python:3.12-slim")
    assert recipe().tag != usual.tag


def built(folder: Path, dockerfile: str) -> list[str]:
    """What is said while an image of this Dockerfile is built over the tests' base."""
    folder.mkdir(exist_ok=True)
    (folder / "Dockerfile").write_text(dockerfile)
    said: list[str] = []
    with docker.client() as client:
        wanted = replace(recipe(folder), tag="abreast-test-build:latest")
        try:
            build(wanted, client, said.append, lambda _: None)
        finally:
            with suppress(NotFound):
                client.remove_image(wanted.tag, force=True)
    return said


def test_a_build_says_how_far_it_is(tmp_path: Path) -> None:
    said = built(tmp_path / "a", FROM_BASE + "RUN echo working\n")
    assert [line.split(" :")[0] for line in said if line.startswith("Step")][:3] == [
        "Step 1/4",
        "Step 2/4",
        "Step 3/4",
    ]
    assert said[-1] == "Successfully tagged abreast-test-build:latest"


@pytest.mark.parametrize("name", ["HTTPS_PROXY", "https_proxy", "no_proxy"])
def test_a_build_is_told_of_proxies(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As people write them, in large letters and in small ones."""
    monkeypatch.setenv(name, "http://proxy.example:3128")
    asks = f'test "${name}" = http://proxy.example:3128'
    said = built(tmp_path / "a", f"{FROM_BASE}RUN {asks}\n")
    assert said[-1] == "Successfully tagged abreast-test-build:latest"


FROM_BASE = "ARG ABREAST_BASE_IMAGE\nFROM ${ABREAST_BASE_IMAGE}\n"
STAGES = """ARG ABREAST_BASE_IMAGE
FROM ${ABREAST_BASE_IMAGE} AS packages
LABEL abreast.image=targets
ARG PIP_INDEX_URL
RUN echo REASON > /made
FROM ${ABREAST_BASE_IMAGE}
COPY --from=packages /made /made
"""


@pytest.mark.parametrize("fails", [False, True])
def test_who_may_come_in_stays_in_no_stage(
    fails: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", "https://ann:quite-secret@index.example/simple")
    stages = STAGES.replace("REASON", tmp_path.name) + ("RUN false\n" if fails else "")
    with pytest.raises(TargetError) if fails else nullcontext():
        built(tmp_path / "a", stages)
    with docker.client() as client:
        kept = [each["Id"] for each in client.images(all=True)]
        told = [str(client.history(each)) for each in kept]  # type: ignore[no-untyped-call]
    assert not [each for each in told if "quite-secret" in each]


def test_every_stage_before_the_last_can_be_found() -> None:
    stages = (CONTEXT / "Dockerfile").read_text().split("\nFROM ")[1:]
    assert len(stages) > 2
    assert all(f"LABEL {LABEL}={LABELLED}" in stage for stage in stages[:-1])


def test_a_build_that_fails_shows_its_last_lines(tmp_path: Path) -> None:
    with pytest.raises(TargetError, match="the targets' image cannot be built") as caught:
        built(tmp_path / "a", FROM_BASE + "RUN echo this is missing && false\n")
    assert "this is missing" in caught.value.why.splitlines()
    assert "returned a non-zero code: 1" in caught.value.why
    assert "ABREAST_BUILD_NETWORK" in caught.value.hint


@pytest.mark.parametrize(
    ("name", "repository", "tag"),
    [
        ("mysql:8.4", "mysql", "8.4"),
        ("mysql", "mysql", "latest"),
        ("registry.example:5000/mysql", "registry.example:5000/mysql", "latest"),
        ("registry.example:5000/mysql:8.4", "registry.example:5000/mysql", "8.4"),
        ("mysql@sha256:abc", "mysql@sha256:abc", None),
    ],
)
def test_an_images_name_and_tag(name: str, repository: str, tag: str | None) -> None:
    assert name_and_tag(name) == (repository, tag)


def test_an_image_is_fetched() -> None:
    with docker.client() as client, registry("abreast-test-fetch") as name:
        try:
            fetch(f"{name}:8.4", "", client, lambda _: None, lambda _: None)
            assert client.images(f"{name}:8.4")
        finally:
            with suppress(NotFound):
                client.remove_image(f"{name}:8.4", force=True)


def test_an_image_that_is_nowhere_comes_with_advice() -> None:
    with docker.client() as client, pytest.raises(TargetError, match="is missing and cannot be") as caught:
        fetch("127.0.0.1:1/abreast-test:1", "go without", client, lambda _: None, lambda _: None)
    assert "connection refused" in caught.value.why
    assert caught.value.hint == "go without"
