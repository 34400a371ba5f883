"""What a document gave, as bytes: so it travels between processes, and so it lies in the cache."""

from __future__ import annotations

import dataclasses
import io
import pickle
from operator import attrgetter
from typing import TYPE_CHECKING, Any, TypeAlias

from ontology import model
from ontology.model import DocumentRecord, Finding

if TYPE_CHECKING:
    from collections.abc import Callable

Result: TypeAlias = "DocumentRecord | Finding"
"""What became of one document: its record, or a finding of severity `error`."""

_MODEL = {
    name: value
    for name, value in vars(model).items()
    if isinstance(value, type) and dataclasses.is_dataclass(value) and value.__module__ == model.__name__
}
"""The values of `ontology.model`: the only classes that are read back."""


def _reducer(kind: type) -> Callable[[Any], tuple[type, tuple[Any, ...]]]:
    """Return how pickle takes a value apart: class and fields, ten times faster than what dataclasses bring."""
    names = [field.name for field in dataclasses.fields(kind)]
    get = attrgetter(*names)
    return (lambda value: (kind, get(value))) if len(names) > 1 else (lambda value: (kind, (get(value),)))


_REDUCERS = {kind: _reducer(kind) for kind in _MODEL.values()}


def encode_result(result: Result) -> bytes:
    """Return a result as bytes."""
    return encode_value(result)


def encode_value(value: object) -> bytes:
    """Return values of `ontology.model`, or tuples and lists of them and of text, as bytes."""
    buffer = io.BytesIO()
    pickler = pickle.Pickler(buffer, protocol=5)
    pickler.dispatch_table = _REDUCERS
    pickler.dump(value)
    return buffer.getvalue()


def decode_result(data: bytes) -> Result:
    """Return the result that the bytes hold.

    Raises:
        ValueError: The bytes hold something else, or nothing.
    """
    try:
        result = decode_value(data)
    except Exception as error:  # pickle raises nearly anything on damaged bytes
        raise ValueError(f"no result of a document: {type(error).__name__}: {error}") from error
    if not isinstance(result, DocumentRecord | Finding):
        raise ValueError(f"no result of a document: {type(result).__name__}")
    return result


def decode_value(data: bytes) -> Any:
    """Return what `encode_value` was given.

    Only values of `ontology.model` are made, so that a file somebody else wrote cannot run anything.
    """
    return _Unpickler(io.BytesIO(data)).load()


class _Unpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> type:
        """Return a class of the model, and no other."""
        if module != model.__name__ or name not in _MODEL:
            raise pickle.UnpicklingError(f"{module}.{name} is no value of {model.__name__}")
        return _MODEL[name]
