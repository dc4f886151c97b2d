"""Reads the network's weights, a file of PyTorch's old format, without PyTorch.

The file is five pickles (magic number, protocol, system, the tensors by name, the keys of their storages) and
then, for each key, a count of elements and the elements. Tensors are views of storages whose strides need not
be contiguous.
"""

import collections
import pickle
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Callable

Weights = dict[str, NDArray[Any]]

_MAGIC = 0x1950A86A20F9469CFC6C
_PROTOCOL = 1001
_TYPES = {"FloatStorage": "<f4", "LongStorage": "<i8"}


def read_weights(path: Path) -> Weights:
    """The tensors by name. Raises ValueError for another format, UnpicklingError for unknown names."""
    with path.open("rb") as file:
        magic, protocol, _system, tensors, keys = (_Unpickler(file).load() for _ in range(5))
        if (magic, protocol) != (_MAGIC, _PROTOCOL):
            raise ValueError(f"{path.name} is no PyTorch file of the old format")
        types = {storage[0]: np.dtype(storage[1]) for storage, *_ in tensors.values()}
        storages = {key: _storage(file, types[key]) for key in keys}
    return {
        name: _view(storages[storage[0]], offset, size, stride)
        for name, (storage, offset, size, stride) in tensors.items()
    }


def _storage(file: IO[bytes], kind: "np.dtype[Any]") -> NDArray[Any]:
    count = int.from_bytes(file.read(8), "little")
    return np.frombuffer(file.read(count * kind.itemsize), kind)


def _view(storage: NDArray[Any], offset: int, size: tuple[int, ...], stride: tuple[int, ...]) -> NDArray[Any]:
    strides = [step * storage.itemsize for step in stride]
    return np.ascontiguousarray(np.lib.stride_tricks.as_strided(storage[offset:], size, strides))


def _tensor(storage: Any, offset: int, size: Any, stride: Any, *_: Any) -> tuple[Any, ...]:
    return storage, offset, size, stride


class _Unpickler(pickle.Unpickler):
    """Resolves the names that this file needs, and refuses all others: a pickle could call any function."""

    def find_class(self, module: str, name: str) -> Any:
        known: dict[tuple[str, str], str | Callable[..., Any]] = {
            ("collections", "OrderedDict"): collections.OrderedDict,
            ("torch._utils", "_rebuild_tensor_v2"): _tensor,
            **{("torch", kind): dtype for kind, dtype in _TYPES.items()},
        }
        if (module, name) not in known:
            raise pickle.UnpicklingError(f"refused: {module}.{name}")
        return known[module, name]

    def persistent_load(self, pid: Any) -> tuple[str, str]:
        """A storage: its key and element type."""
        _kind, dtype, key, *_ = pid
        return key, dtype
