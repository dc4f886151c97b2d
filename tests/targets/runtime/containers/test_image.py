"""What the image is made of, and when it is another one."""

import io
import shutil
import tarfile
from pathlib import Path

import pytest

import targets
from targets.runtime.containers.image import recipe, sources

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
    assert usual.base == "python:3.13-slim"
    monkeypatch.setenv("ABREAST_BASE_IMAGE", "python:3.12-slim")
    assert recipe().tag != usual.tag
