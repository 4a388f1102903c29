"""A WD14 tagger in its true form that knows nothing: it reacts to the mean colour of a picture, as it is told to."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from inference.safety.rater.onnx_file import Graph
from inference.safety.rater.tagger import LIST, MODEL

SIDE = 32
RATINGS = ("general", "sensitive", "questionable", "explicit")
# Tags as in the real list; which of them tell an age or a photograph stands in tags.toml.
TAGS = ("1girl", "smile", "child", "petite", "realistic", "blue_hair")
NEVER = -8.0  # a logit whose probability is nearly nothing
Weights = Mapping[str, tuple[float, float, float, float]]  # of red, green and blue in [0, 255], and a constant


def build_tagger(folder: Path, reactions: Weights | None = None, *, tags: tuple[str, ...] = TAGS) -> Path:
    """A folder with both files: each tag's logit is a sum over the picture's mean colour. Unnamed tags never show."""
    folder.mkdir(parents=True, exist_ok=True)
    names = (*RATINGS, *tags)
    told = {"general": (0.0, 0.0, 0.0, 4.0)} | dict(reactions or {})
    rows = np.array([told.get(name, (0.0, 0.0, 0.0, NEVER)) for name in names], np.float32)
    graph = Graph()
    pixels = graph.input("input", "batch_size", SIDE, SIDE, 3)
    mean = graph.node("ReduceMean", pixels, axes=(1, 2), keepdims=0)
    by_blue_first = np.ascontiguousarray(rows[:, 2::-1].T)
    logits = graph.node("Gemm", mean, graph.tensor(by_blue_first), graph.tensor(np.ascontiguousarray(rows[:, 3])))
    graph.node("Sigmoid", logits, output="output")
    graph.output("output", "batch_size", len(names))
    (folder / MODEL).write_bytes(graph.file())
    lines = ["tag_id,name,category,count"]
    lines += [f"{number},{name},{9 if name in RATINGS else 0},1" for number, name in enumerate(names)]
    (folder / LIST).write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder
