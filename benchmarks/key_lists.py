"""Names and shapes of the tensors in the original single-file checkpoints, and the same scaled down.

`keys/` holds what real files contain, written down from the published configurations and not from our loader: all
names, but of equal layers behind one another only the first three (text towers), two (SDXL's deepest level) or one.
The UNet's widths are divided by 10, the VAE's become 32, 64 and 96, the text towers' 32 or 64. The vocabulary stays
whole.
"""

from functools import cache
from pathlib import Path

Shape = tuple[int, ...]
FAMILIES = ("sd15", "sd21", "sdxl")
UNET, VAE = "model.diffusion_model.", "first_stage_model."
# Where a file keeps its text towers -> what becomes of their widths: the tower's, its inner one, three at once.
_TEXT_WIDTHS = {
    "cond_stage_model.transformer.": {768: 32, 3072: 128},
    "cond_stage_model.model.": {1024: 32, 4096: 128, 3072: 96},
    "conditioner.embedders.0.": {768: 32, 3072: 128},
    "conditioner.embedders.1.": {1280: 64, 5120: 256, 3840: 192},
}
# What the UNet knows of the text: the widths of the towers side by side, and SDXL's pooled text with six numbers.
TEXT_WIDTH = {"sd15": 32, "sd21": 32, "sdxl": 96}
_CONTEXT = {"sd15": 768, "sd21": 1024, "sdxl": 2048}
_VAE_WIDTHS = {128: 32, 256: 64, 512: 96}
_POOLED = (2816, 64 + 6 * 256)


@cache
def full(family: str) -> dict[str, Shape]:
    """The names and shapes of a real file of the family, shortened as said above."""
    folder = Path(__file__).with_name("keys")
    lines = [line for name in (family, "vae") for line in (folder / f"{name}.txt").read_text().splitlines()]
    return {name: tuple(map(int, sides.split("x"))) for name, sides in (line.split() for line in lines)}


def narrow(family: str, *, channels: int = 4) -> dict[str, Shape]:
    """The same names with narrow shapes; `channels` is what the UNet takes: 9 for inpainting, 8 for InstructPix2Pix."""
    scaled = {name: _scaled(family, name, shape) for name, shape in full(family).items()}
    first = f"{UNET}input_blocks.0.0.weight"
    scaled[first] = (scaled[first][0], channels, *scaled[first][2:])
    return scaled


def _scaled(family: str, name: str, shape: Shape) -> Shape:
    if name.startswith(UNET):
        known = {_CONTEXT[family]: TEXT_WIDTH[family], _POOLED[0]: _POOLED[1]}
        return tuple(known.get(side, side // 10 if side % 320 == 0 else side) for side in shape)
    if name.startswith(VAE):
        return tuple(_VAE_WIDTHS.get(side, side) for side in shape)
    widths = next(widths for start, widths in _TEXT_WIDTHS.items() if name.startswith(start))
    return tuple(widths.get(side, side) for side in shape)
