"""Writes small ONNX files: just enough of the format for the networks that are made here, without the onnx package.

The format is Protocol Buffers; a field is its number and wire type, then a varint or a length and bytes. The numbers
are those of onnx.proto3 (https://github.com/onnx/onnx), IR version 8, opset 17.
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

_IR_VERSION, _OPSET = 8, 17
_TYPES = {np.dtype(np.float32): 1, np.dtype(np.uint8): 2, np.dtype(np.int64): 7}
_FLOAT, _INT, _INTS = 1, 2, 7  # AttributeProto.AttributeType

Attribute = int | float | Sequence[int]


@dataclass(slots=True)
class Graph:
    """A network in the making; its nodes stand in the order in which they are added."""

    nodes: list[bytes] = field(default_factory=list[bytes])
    tensors: list[bytes] = field(default_factory=list[bytes])
    inputs: list[bytes] = field(default_factory=list[bytes])
    outputs: list[bytes] = field(default_factory=list[bytes])
    count: int = 0

    def tensor(self, values: np.ndarray) -> str:
        """The name under which these constants can be used."""
        name = self._name("constant")
        head = b"".join(_number(1, size) for size in values.shape) + _number(2, _TYPES[values.dtype])
        little = values.astype(values.dtype.newbyteorder("<"))
        self.tensors.append(head + _text(8, name) + _bytes(9, little.tobytes()))
        return name

    def node(self, kind: str, *inputs: str, output: str = "", **attributes: Attribute) -> str:
        """The name of what the operator `kind` makes of these inputs."""
        name = output or self._name(kind.lower())
        body = b"".join(_text(1, each) for each in inputs) + _text(2, name) + _text(4, kind)
        self.nodes.append(body + b"".join(_bytes(5, _attribute(key, value)) for key, value in attributes.items()))
        return name

    def input(self, name: str, *shape: int | str) -> str:
        """A float input; a size that is a word is free."""
        self.inputs.append(_value(name, shape))
        return name

    def output(self, name: str, *shape: int | str) -> None:
        """A float output, made by the node of that name."""
        self.outputs.append(_value(name, shape))

    def file(self) -> bytes:
        """The whole network as the bytes of a `.onnx` file."""
        parts = ((1, self.nodes), (5, self.tensors), (11, self.inputs), (12, self.outputs))
        graph = _text(2, "genga") + b"".join(_bytes(key, each) for key, values in parts for each in values)
        opset = _text(1, "") + _number(2, _OPSET)
        return _number(1, _IR_VERSION) + _text(2, "genga") + _bytes(7, graph) + _bytes(8, opset)

    def _name(self, kind: str) -> str:
        self.count += 1
        return f"{kind}_{self.count}"


def _varint(value: int) -> bytes:
    value &= (1 << 64) - 1  # a negative number is written as its 64-bit complement
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes([*out, value])


def _number(key: int, value: int) -> bytes:
    return _varint(key << 3) + _varint(value)


def _bytes(key: int, value: bytes) -> bytes:
    return _varint(key << 3 | 2) + _varint(len(value)) + value


def _text(key: int, value: str) -> bytes:
    return _bytes(key, value.encode())


def _attribute(name: str, value: Attribute) -> bytes:
    if isinstance(value, float):
        return _text(1, name) + _varint(2 << 3 | 5) + struct.pack("<f", value) + _number(20, _FLOAT)
    if isinstance(value, int):
        return _text(1, name) + _number(3, value) + _number(20, _INT)
    return _text(1, name) + b"".join(_number(8, each) for each in value) + _number(20, _INTS)


def _value(name: str, shape: Sequence[int | str]) -> bytes:
    sizes = (_text(2, size) if isinstance(size, str) else _number(1, size) for size in shape)
    tensor = _number(1, _TYPES[np.dtype(np.float32)]) + _bytes(2, b"".join(_bytes(1, size) for size in sizes))
    return _text(1, name) + _bytes(2, _bytes(1, tensor))
