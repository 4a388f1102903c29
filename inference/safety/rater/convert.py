"""Makes `nsfwjs/mobilenet_v2.onnx` from the npm package: `npm pack nsfwjs@4.3.0`, then
`python -m inference.safety.rater.convert nsfwjs-4.3.0.tgz`.

The package holds a Keras model for TensorFlow.js: its layers as a JavaScript object, its weights as base64 in a script,
a byte each with a smallest value and a step. Kernels stay bytes in the ONNX file and become numbers when it is loaded;
normalisations are folded into the convolutions before them.
"""

import argparse
import base64
import hashlib
import io
import json
import re
import tarfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from inference.safety.rater.onnx_file import Graph

PACKAGE_SHA256 = "4496790efc9bdc6f3e85a826a8e482c1fa1e9db4b3d18c095e98cc0c73cfb12f"  # nsfwjs 4.3.0
WEIGHTS_SHA256 = "8e7dddbb16acacc1bf1601b1b8a761e730ff934b7f2d7771312b2f000e5f5f13"
MODEL = "package/dist/models/mobilenet_v2/"
SIDE = 224
# Of the minified script: strings stay, !0 and !1 are true and false, .5 lacks its zero, and keys lack their quotes.
_TOKENS = re.compile(r'"[^"\\]*"|![01]|[A-Za-z_$][\w$]*|(?<![\w.])\.\d|\d[\d.]*(?:e[-+]?\d+)?')
_WORDS = {"!0": "true", "!1": "false", "null": "null"}


class WrongPackage(Exception):
    """This is not the package that the converter was written for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Weight:
    """A tensor as it is shipped: value = least + step * byte."""

    raw: np.ndarray
    least: float
    step: float

    def values(self) -> np.ndarray:
        """The numbers meant."""
        return self.raw * self.step + self.least


@dataclass(frozen=True, slots=True, kw_only=True)
class Convolution:
    """One that waits for the normalisation after it."""

    source: str
    kernel: Weight  # out, in, height, width
    pads: Sequence[int]
    strides: Sequence[int]
    group: int


def convert(package: bytes) -> bytes:
    """The ONNX file, (N, 3, 224, 224) in [0, 1] -> (N, 5); WrongPackage unless this is the known package."""
    if hashlib.sha256(package).hexdigest() != PACKAGE_SHA256:
        raise WrongPackage("This is not nsfwjs-4.3.0.tgz as npm has it: its SHA-256 differs.")
    with tarfile.open(fileobj=io.BytesIO(package)) as tar:
        model, shard = (_script(tar, name) for name in ("model.min.js", "group1-shard1of1.min.js"))
    blob = base64.b64decode(max(re.findall(r'"([A-Za-z0-9+/=]*)"', shard), key=len))
    if hashlib.sha256(blob).hexdigest() != WEIGHTS_SHA256:
        raise WrongPackage("The weights in the package are not the known ones: their SHA-256 differs.")
    described = _object(model)
    weights = _weights(described["weightsManifest"][0]["weights"], blob)
    network = _Network(weights=weights)
    layers = described["modelTopology"]["model_config"]["config"]["layers"]
    for layer in layers:
        network.add(layer["class_name"], layer["config"], [node[0] for node in (layer["inbound_nodes"] or [[]])[0]])
    graph = network.graph
    graph.node("Identity", network.made[layers[-1]["name"]], output="classes")
    graph.output("classes", "N", 5)
    return graph.file()


def _script(tar: tarfile.TarFile, name: str) -> str:
    file = tar.extractfile(MODEL + name)
    assert file
    return file.read().decode()


def _object(script: str) -> dict[str, Any]:
    """The object that the script exports, as JSON would have it."""
    body = script[script.index("{modelTopology") :]

    def plain(token: re.Match[str]) -> str:
        word = token[0]
        if word in _WORDS or word[0] == '"' or word[0].isdigit():
            return _WORDS.get(word, word)
        return f"0{word}" if word[0] == "." else f'"{word}"'

    return json.JSONDecoder().raw_decode(_TOKENS.sub(plain, body))[0]


def _weights(described: Sequence[Mapping[str, Any]], blob: bytes) -> dict[str, Weight]:
    found, at = {}, 0
    for each in described:
        size = int(np.prod(each["shape"]))
        raw = np.frombuffer(blob, np.uint8, size, at).reshape(each["shape"])
        found[each["name"]] = Weight(raw=raw, least=each["quantization"]["min"], step=each["quantization"]["scale"])
        at += size
    assert at == len(blob)
    return found


@dataclass(slots=True, kw_only=True)
class _Network:
    """The layers so far."""

    weights: Mapping[str, Weight]
    graph: Graph = field(default_factory=Graph)
    made: dict[str, str] = field(default_factory=dict[str, str])  # a layer's name -> its output's in the graph
    pads: dict[str, Sequence[int]] = field(default_factory=dict[str, Sequence[int]])  # not applied yet
    waiting: dict[str, Convolution] = field(default_factory=dict[str, Convolution])

    def add(self, kind: str, layer: Mapping[str, Any], sources: Sequence[str]) -> None:
        """One more layer of Keras."""
        name, inputs = layer["name"], [self.made.get(source, "") for source in sources]
        match kind:
            case "InputLayer":
                self.made[name] = self.graph.input("pixels", "N", 3, SIDE, SIDE)
            case "ZeroPadding2D":
                (top, bottom), (left, right) = layer["padding"]
                self.made[name], self.pads[name] = inputs[0], (top, left, bottom, right)
            case "Conv2D" | "DepthwiseConv2D":
                self.waiting[name] = self._convolution(kind, layer, sources[0])
            case "BatchNormalization":
                self.made[name] = self._normalised(self.waiting.pop(sources[0]), name, layer["epsilon"])
            case "ReLU":
                limits = [self.graph.tensor(np.array(limit, np.float32)) for limit in (0, layer["max_value"])]
                self.made[name] = self.graph.node("Clip", inputs[0], *limits)
            case "Add":
                self.made[name] = self.graph.node("Add", *inputs)
            case "AveragePooling2D":
                shape = {"kernel_shape": layer["pool_size"], "strides": layer["strides"]}
                self.made[name] = self.graph.node("AveragePool", inputs[0], **shape)
            case "Flatten":  # of one pixel, so that the order of the axes does not matter
                self.made[name] = self.graph.node("Flatten", inputs[0])
            case "Dropout":
                self.made[name] = inputs[0]
            case "Dense":
                self.made[name] = self._dense(layer, inputs[0])
            case _:
                raise WrongPackage(f"The package has a layer of the kind {kind}, which is not known.")

    def _convolution(self, kind: str, layer: Mapping[str, Any], source: str) -> Convolution:
        name, is_deep = layer["name"], kind == "DepthwiseConv2D"
        kernel = self.weights[f"{name}/{'depthwise_kernel' if is_deep else 'kernel'}"]
        # TensorFlow keeps height, width, in, out (depthwise: height, width, channel, 1).
        raw = kernel.raw.transpose((2, 3, 0, 1) if is_deep else (3, 2, 0, 1))
        pads = self.pads.get(source, (0, 0, 0, 0))
        if layer["padding"] == "same":
            assert layer["strides"] == [1, 1]
            pads = [(size - 1) // 2 for size in layer["kernel_size"]] * 2
        return Convolution(
            source=self.made[source],
            kernel=Weight(raw=raw, least=kernel.least, step=kernel.step),
            pads=pads,
            strides=layer["strides"],
            group=raw.shape[0] if is_deep else 1,
        )

    def _normalised(self, before: Convolution, name: str, epsilon: float) -> str:
        """The convolution, its kernel and bias made so that nothing is left to normalise."""
        gamma, beta, mean, variance = (
            self.weights[f"{name}/{part}"].values() for part in ("gamma", "beta", "moving_mean", "moving_variance")
        )
        gain = gamma / np.sqrt(variance + epsilon)
        kernel = self._kernel(before.kernel)
        kernel = self.graph.node("Mul", kernel, self._floats(gain.reshape(-1, 1, 1, 1)))
        size = before.kernel.raw.shape[2:]
        shape = {"kernel_shape": size, "pads": before.pads, "strides": before.strides, "group": before.group}
        return self.graph.node("Conv", before.source, kernel, self._floats(beta - mean * gain), **shape)

    def _dense(self, layer: Mapping[str, Any], source: str) -> str:
        kernel, bias = (self.weights[f"{layer['name']}/{part}"] for part in ("kernel", "bias"))
        sums = self.graph.node("Gemm", source, self._kernel(kernel), self._floats(bias.values()))
        operators = {"relu": "Relu", "softmax": "Softmax"}
        return self.graph.node(operators[layer["activation"]], sums)

    def _kernel(self, weight: Weight) -> str:
        """Bytes in the file, numbers once it is loaded: a constant expression that onnxruntime works out only once."""
        cast = self.graph.node("Cast", self.graph.tensor(np.ascontiguousarray(weight.raw)), to=1)
        scaled = self.graph.node("Mul", cast, self._floats(np.array(weight.step)))
        return self.graph.node("Add", scaled, self._floats(np.array(weight.least)))

    def _floats(self, values: np.ndarray) -> str:
        return self.graph.tensor(values.astype(np.float32))


def main() -> None:
    """Convert the package named on the command line."""
    parser = argparse.ArgumentParser(prog="python -m inference.safety.rater.convert", description=__doc__)
    parser.add_argument("package", type=Path, help="nsfwjs-4.3.0.tgz")
    parser.add_argument("--save", type=Path, default=Path(__file__).with_name("nsfwjs") / "mobilenet_v2.onnx")
    options = parser.parse_args()
    try:
        file = convert(options.package.read_bytes())
    except WrongPackage as error:
        parser.exit(1, f"{error}\n")
    options.save.write_bytes(file)
    print(f"{options.save}: {len(file):,} bytes, SHA-256 {hashlib.sha256(file).hexdigest()}")


if __name__ == "__main__":
    main()
