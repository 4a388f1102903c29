"""nsfwjs `mobilenet_v2`: the rater that is always there. Where it comes from stands in `nsfwjs/NOTICE`."""

import hashlib
from pathlib import Path

import numpy as np
from PIL import Image

from inference.safety.rater import pixels, scores, sessions
from inference.safety.rater.messages import Seen, Thresholds

FOLDER = Path(__file__).with_name("nsfwjs")
SHA256 = "2685fd29bced84a28a3c471915d30fa16d9955b28eb71eb8b589f0441b130370"  # of mobilenet_v2.onnx
SIDE = 224


class Damaged(Exception):
    """A file of a rater is not what it should be; the message is a sentence for the operator."""


class Baseline:
    """The network, loaded."""

    name = f"nsfwjs-mobilenet_v2@{SHA256[:8]}"

    def __init__(self, limits: Thresholds) -> None:
        file = (FOLDER / "mobilenet_v2.onnx").read_bytes()
        if hashlib.sha256(file).hexdigest() != SHA256:
            raise Damaged("The file inference/safety/rater/nsfwjs/mobilenet_v2.onnx is damaged; fetch Genga again.")
        # One thread is quick enough, and leaves the other processors to the drawing.
        self._session, self._limits = sessions.opened(file, threads=1), limits

    def see(self, picture: Image.Image) -> Seen:
        """What it thinks of the picture."""
        return scores.of_classes(self.scores(picture).tolist(), self._limits)

    def scores(self, picture: Image.Image) -> np.ndarray:
        """Its five classes, as `scores.CLASSES` names them."""
        batch = pixels.stretched(picture, SIDE).transpose(2, 0, 1)[None]
        return sessions.run(self._session, batch)[0]
