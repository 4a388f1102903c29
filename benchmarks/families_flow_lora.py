"""The rows of the transformers' LoRAs: each form people share, worn by a checkpoint, against weights merged densely.

The forms that diffusers reads right are compared with what it makes of the very same file.
"""

import tempfile
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks import flow_miniatures
from benchmarks.families_checkpoints import transformed
from benchmarks.families_lora import TEXT, UNET, worn
from benchmarks.families_rows import CHECKPOINTS, LORAS, Drawing, Row
from benchmarks.flow_loras import Form, merged, write
from benchmarks.lora_miniatures import RANK, Kind
from inference.request import DrawRequest

# What diffusers 0.42 reads, and reads right. Its converters of Lumina 2 and Chroma know the published widths alone, and
# kohya's names of Anima it leaves out without a word.
_READ_BY_DIFFUSERS: Mapping[str, tuple[Form, ...]] = {
    "anima": (Form.DIFFUSERS, Form.COMFY),
    "lumina2": (Form.DIFFUSERS,),
    "qwen-image": (Form.DIFFUSERS, Form.FLAT),
    "z-image": (Form.DIFFUSERS, Form.FLAT),
    "chroma": (Form.DIFFUSERS,),
}
_MERGED = (
    *((form, Kind.LORA) for form in (Form.KOHYA, Form.COMFY, Form.ONE_TRAINER)),
    *((Form.KOHYA, kind) for kind in (Kind.LOHA, Kind.LOKR, Kind.FULL, Kind.DORA)),
)


def flow_lora_rows() -> Iterator[Row]:
    """Each form on each family."""
    for family in flow_miniatures.FAMILIES:
        for form in _READ_BY_DIFFUSERS[family]:
            yield _lora(family, form, Kind.LORA, by_diffusers=True)
        for form, kind in _MERGED:
            yield _lora(family, form, kind, by_diffusers=False)


def _lora(family: str, form: Form, kind: Kind, *, by_diffusers: bool) -> Row:
    # diffusers refuses ComfyUI's form as soon as it has an alpha, and leaves out what it changes of the text encoder.
    alpha = None if by_diffusers and form is Form.COMFY else 1.0

    def put(root: Path, alpha: float | None = alpha) -> Path:
        write(root / LORAS / "mine.safetensors", family, form, kind, alpha=alpha, texts=not by_diffusers)
        return flow_miniatures.write(root / CHECKPOINTS / family, family)

    def plain(request: DrawRequest) -> Drawing:
        if by_diffusers:
            return transformed(_loaded(family, form, kind, alpha), family, request)
        return transformed(merged(family, form, kind, alpha=alpha, unet=UNET, text=TEXT), family, request)

    lies: dict[str, Mapping[str, Any]] = {"weight: 0.7": {"files": partial(worn, unet=0.7)}}
    if kind is not Kind.FULL:
        lies["alpha: twice"] = {"put": partial(put, alpha=2 * (RANK if alpha is None else alpha))}
    against = "by diffusers" if by_diffusers else "merged"
    return Row(
        family=family, form=f"{kind.value}, {form.value} ({against})", put=put, plain=plain, files=worn, lies=lies
    )


def _loaded(family: str, form: Form, kind: Kind, alpha: float | None) -> Any:  # noqa: ANN401
    """diffusers' own pipeline, which reads the file itself."""
    pipe: Any = flow_miniatures.stock(family)
    with tempfile.TemporaryDirectory(prefix="genga-families-") as place:
        path = write(Path(place, "mine.safetensors"), family, form, kind, alpha=alpha, texts=False)
        pipe.load_lora_weights(place, weight_name=path.name, adapter_name="mine")
    pipe.set_adapters(["mine"], [UNET])
    return pipe
