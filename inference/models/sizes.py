"""How much memory a checkpoint's weights take, and how much it needs to work: figures and formulas, no torch.

Weights are counted exactly, parameter by parameter. Working memory is estimated. For SD1.x, SD2.x and SDXL the figures
per pixel are the peak of live tensors in one forward pass of the full-size network in half precision, played through
on torch's meta device (`python -m benchmarks.memory` does it again); attention is taken to need no matrix of its own,
as torch's fused kernels do not. The figures of the transformer families are guesses from their widths. What the
allocator loses and what convolutions use as scratch is added on top as `SLACK` and `FLOOR_BYTES`, which are estimates
until they have been measured on a GPU.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

MIB: Final = 1 << 20
HALF_BYTES, SINGLE_BYTES = 2, 4
ROWS = 2  # prompt and negative prompt go through the network together
SLACK = 1.4  # estimate: fragmentation and scratch space, as a factor
FLOOR_BYTES = 192 * MIB  # estimate: the libraries' own work spaces
TEXT_BYTES = 64 * MIB  # 77 tokens at a time are next to nothing
TILE = 512  # pixels of a side of a VAE tile, as `inference/models/shelf.py` sets it


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """Bytes of a checkpoint's parts: all text encoders, the denoising network, the VAE."""

    texts: int
    network: int
    vae: int

    @property
    def total(self) -> int:
        """All of them."""
        return self.texts + self.network + self.vae


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """Bytes needed beside the weights in each phase of a request."""

    text: int
    denoise: int
    decode: int
    decode_tiled: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkRule:
    """Working memory as a function of the size: live bytes per pixel of the network's one row, and of the VAE."""

    network_per_pixel: float
    vae_per_pixel: float

    def work(self, width: int, height: int) -> Work:
        """What a picture of so many pixels needs; grows with either side."""
        pixels = width * height
        tile = min(pixels, TILE * TILE)
        result = 3 * pixels * SINGLE_BYTES * 2  # the decoded picture, and the rows of tiles it is made of
        return Work(
            text=TEXT_BYTES,
            denoise=_padded(ROWS * pixels * self.network_per_pixel),
            decode=_padded(pixels * self.vae_per_pixel + result),
            decode_tiled=_padded(tile * self.vae_per_pixel + result),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """A family's full size, in parameters, and its working memory per pixel in half precision."""

    texts: int
    network: int
    vae: int
    network_per_pixel: float
    vae_per_pixel: float
    vae_single: bool = False  # the VAE overflows in half precision and runs in single
    computed: bool = True  # by live tensors; else guessed from the widths


_KL_VAE = 83_653_863
_LIVE_VAE = 1536.0
# Parameters: CATALOG and the networks' own configurations. SDXL's fp16-fix VAE would halve its decoding.
FAMILIES: Mapping[str, Family] = {
    "sd15": Family(
        texts=123_060_480, network=859_520_964, vae=_KL_VAE, network_per_pixel=260, vae_per_pixel=_LIVE_VAE
    ),
    "sd21": Family(
        texts=340_387_840, network=865_910_724, vae=_KL_VAE, network_per_pixel=260, vae_per_pixel=_LIVE_VAE
    ),
    "sdxl": Family(
        texts=817_720_320, network=2_567_463_684, vae=_KL_VAE, network_per_pixel=158, vae_per_pixel=_LIVE_VAE,
        vae_single=True,
    ),
    "anima": Family(
        texts=600_000_000, network=2_000_000_000, vae=127_000_000, network_per_pixel=320, vae_per_pixel=2500,
        computed=False,
    ),
    "lumina2": Family(
        texts=2_610_000_000, network=2_600_000_000, vae=_KL_VAE, network_per_pixel=360, vae_per_pixel=_LIVE_VAE,
        computed=False,
    ),
    "z-image": Family(
        texts=4_020_000_000, network=6_150_000_000, vae=_KL_VAE, network_per_pixel=600, vae_per_pixel=_LIVE_VAE,
        computed=False,
    ),
    "chroma": Family(
        texts=4_760_000_000, network=8_900_000_000, vae=_KL_VAE, network_per_pixel=480, vae_per_pixel=_LIVE_VAE,
        computed=False,
    ),
    "qwen-image": Family(
        texts=8_290_000_000, network=20_430_000_000, vae=127_000_000, network_per_pixel=480, vae_per_pixel=2500,
        computed=False,
    ),
}  # fmt: skip
_UNKNOWN = FAMILIES["sdxl"]  # working memory of a family that stands nowhere


def full_size(family: str, *, half: bool = True) -> Weights:
    """The weights of a full-size checkpoint of `family`; KeyError for one that runs elsewhere."""
    facts = FAMILIES[family]
    each = HALF_BYTES if half else SINGLE_BYTES
    vae = SINGLE_BYTES if facts.vae_single else each
    return Weights(texts=facts.texts * each, network=facts.network * each, vae=facts.vae * vae)


def rule_for(family: str, *, half: bool = True) -> WorkRule:
    """The working memory of `family`, in half precision or twice as wide."""
    facts = FAMILIES.get(family, _UNKNOWN)
    wider = 1 if half else SINGLE_BYTES / HALF_BYTES
    vae = SINGLE_BYTES / HALF_BYTES if facts.vae_single else wider
    return WorkRule(
        network_per_pixel=facts.network_per_pixel * wider, vae_per_pixel=facts.vae_per_pixel * max(vae, wider)
    )


def _padded(live_bytes: float) -> int:
    return int(live_bytes * SLACK) + FLOOR_BYTES
