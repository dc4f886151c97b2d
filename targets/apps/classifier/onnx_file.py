"""As much of the ONNX format as is needed to write a network to a file, with numpy only.

ONNX is protobuf: a message is a row of fields, each a number (its field's number times 8, plus how it is
coded), then a variable-length number, or a length and that many bytes. The field numbers below are those of
onnx.proto, IR version 8.
"""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import ArrayLike

IR_VERSION = 8
OPSET = 13
_FLOAT = 1
_ATTRIBUTE_INT, _ATTRIBUTE_INTS = 2, 7


def tensor(name: str, values: ArrayLike) -> bytes:
    """A constant of 32-bit floats (`TensorProto`)."""
    array = np.asarray(values, "<f4", order="C")
    shape = b"".join(_number(1, size) for size in array.shape)
    return shape + _number(2, _FLOAT) + _bytes(8, name) + _bytes(9, array.tobytes())


def node(
    operator: str, inputs: Iterable[str], output: str, name: str, attributes: dict[str, int | list[int]]
) -> bytes:
    """One operation (`NodeProto`); its attributes are whole numbers or lists of them."""
    ends = b"".join(_bytes(1, each) for each in inputs) + _bytes(2, output)
    said = b"".join(_bytes(5, _attribute(key, attributes[key])) for key in sorted(attributes))
    return ends + _bytes(3, name) + _bytes(4, operator) + said


def value(name: str, shape: Sequence[int | str]) -> bytes:
    """An input or an output (`ValueInfoProto`): 32-bit floats; a text in the shape is a size that varies."""
    sizes = b"".join(
        _bytes(1, _bytes(2, size) if isinstance(size, str) else _number(1, size)) for size in shape
    )
    tensor_type = _number(1, _FLOAT) + _bytes(2, sizes)
    return _bytes(1, name) + _bytes(2, _bytes(1, tensor_type))


def model(nodes: list[bytes], constants: list[bytes], name: str, taken: bytes, given: bytes) -> bytes:
    """The whole file (`ModelProto`): operations in order, constants, one input and one output."""
    graph = b"".join(_bytes(1, each) for each in nodes) + _bytes(2, name)
    graph += b"".join(_bytes(5, each) for each in constants)
    graph += _bytes(11, taken) + _bytes(12, given)
    operators = _bytes(1, "") + _number(2, OPSET)
    return _number(1, IR_VERSION) + _bytes(7, graph) + _bytes(8, operators)


def _attribute(name: str, setting: int | list[int]) -> bytes:
    if isinstance(setting, list):
        return _bytes(1, name) + b"".join(_number(8, each) for each in setting) + _number(20, _ATTRIBUTE_INTS)
    return _bytes(1, name) + _number(3, setting) + _number(20, _ATTRIBUTE_INT)


def _number(field: int, number: int) -> bytes:
    return _varint(field << 3) + _varint(number)


def _bytes(field: int, content: bytes | str) -> bytes:
    raw = content.encode() if isinstance(content, str) else content
    return _varint(field << 3 | 2) + _varint(len(raw)) + raw


def _varint(number: int) -> bytes:
    """Seven bits a byte, the lowest first; the eighth says that more follow."""
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    return bytes(out) + bytes([number])
