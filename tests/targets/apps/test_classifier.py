"""The classifier: its file comes out the same every time, whole or not at all, and sees the cat."""

import io
import pickle
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

pytest.importorskip(
    "onnxruntime", reason='the classifier\'s packages are missing: pip install "abreast[classify]"'
)
from PIL import Image

from targets import contract
from targets.apps.classifier.build import FILE_NAME, build
from targets.apps.classifier.model import Classifier, NoPictureError, prepare
from targets.apps.classifier.network import SIDE
from targets.apps.classifier.weights import read_weights
from targets.apps.images import Images

CAT = contract.Upload("files", "cat.jpg", "image/jpeg").content


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the classifier's file, built by its command."""
    folder = tmp_path_factory.mktemp("cache")
    command = [sys.executable, "-P", "-m", "targets.apps.classifier", "--build", str(folder / "new")]
    built = subprocess.run(command, capture_output=True, text=True, check=True, cwd=folder, timeout=60)
    assert built.stdout.strip() == str(folder / "new" / FILE_NAME)
    return folder / "new"


def test_it_is_built_once_and_leaves_nothing_beside(cache: Path) -> None:
    before = (cache / FILE_NAME).stat()

    build(cache)

    assert (cache / FILE_NAME).stat().st_mtime_ns == before.st_mtime_ns
    assert [path.name for path in cache.iterdir()] == [FILE_NAME]


def test_a_broken_file_is_built_anew(cache: Path, tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_bytes(b"half of it")

    with ThreadPoolExecutor(2) as threads:
        list(threads.map(build, [tmp_path] * 2))

    assert (tmp_path / FILE_NAME).read_bytes() == (cache / FILE_NAME).read_bytes()
    assert [path.name for path in tmp_path.iterdir()] == [FILE_NAME]


def test_a_folder_that_cannot_be_is_said_in_a_line() -> None:
    command = [sys.executable, "-P", "-m", "targets.apps.classifier", "--build", "/dev/null/cache"]
    failed = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)

    assert failed.returncode == 1
    assert failed.stderr.startswith("the classifier cannot be built: ")
    assert failed.stderr.count("\n") == 1


def test_other_weights_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "weights.pth"
    path.write_bytes(pickle.dumps(subprocess.run))

    with pytest.raises(pickle.UnpicklingError, match=r"refused: subprocess\.run"):
        read_weights(path)


def test_it_sees_the_cat_in_any_company(cache: Path) -> None:
    classifier = Classifier(cache)
    cat = prepare(CAT)
    grey = prepare(picture("L", (300, 200)))

    alone = classifier.classify([cat])
    in_company = classifier.classify([grey, cat, grey])

    assert [label.number for label in alone[0][:3]] == [282, 285, 281]
    assert in_company[1] == alone[0]
    assert in_company[0] == in_company[2] == classifier.classify([grey])[0]


@pytest.mark.parametrize(
    ("mode", "size", "kind"),
    [("L", (1, 1), "PNG"), ("RGBA", (3000, 70), "WEBP"), ("CMYK", (60, 80), "JPEG"), ("P", (9, 9), "GIF")],
)
def test_pictures_of_any_kind(mode: str, size: tuple[int, int], kind: str) -> None:
    prepared = prepare(picture(mode, size, kind))

    assert prepared.shape == (3, SIDE, SIDE)
    assert -1 <= prepared.min() <= prepared.max() <= 1


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(CAT[:5000], id="half a cat"),
        pytest.param(CAT[:200], id="a cat's head"),
        pytest.param(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", id="a program"),
        pytest.param(b"BM" + bytes(60), id="another format"),
    ],
)
def test_what_is_no_picture(content: bytes) -> None:
    with pytest.raises(NoPictureError):
        prepare(content)


@pytest.mark.parametrize("size", [(6000, 5000), (4000, 40), (3, 9000)])
def test_pictures_too_large_to_be_decoded(size: tuple[int, int]) -> None:
    with pytest.raises(NoPictureError, match="too large"):
        prepare(picture("1", size))


@pytest.mark.parametrize("strategy", ["thread", "blocking", "batched"])
def test_the_answer_does_not_depend_on_who_waits(cache: Path, strategy: str) -> None:
    pictures = Images(strategy, cache)

    assert pictures.classify_here(CAT).body == contract.CLASSIFY.requests[0].answer
    assert pictures.classify_here(b"no cat").status == 422


def picture(mode: str, size: tuple[int, int], kind: str = "PNG") -> bytes:
    """A picture file of one colour."""
    file = io.BytesIO()
    Image.new(mode, size).save(file, kind)
    return file.getvalue()
