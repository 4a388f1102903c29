"""The artist: draws tagged anime characters from a seed; everything the embedded model learns comes from here."""

from mini.artist.captions import sentence, tags
from mini.artist.drawing import Drawing, Landmarks, draw
from mini.artist.scene import GROUPS, Scene, attributes, compatible, compose

__all__ = ["GROUPS", "Drawing", "Landmarks", "Scene", "attributes", "compatible", "compose", "draw", "sentence", "tags"]
