"""The rows of LoRAs and embeddings: each form people share, worn by a checkpoint, against its weights merged densely.

The forms that diffusers reads are compared with what it makes of the very same file. A DoRA or one of LyCORIS' kinds it
refuses or reads inexactly: these are merged by `lora_miniatures`.
"""

import hashlib
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file

from benchmarks.families_checkpoints import prepared
from benchmarks.families_rows import CHECKPOINTS, LORAS, Companions, Drawing, NotFound, Row, as_asked, plainly
from benchmarks.lora_miniatures import TEXTS, Kind, Names, merged
from benchmarks.lora_miniatures import write as write_lora
from benchmarks.miniatures import Facts, Form, stock, write
from inference.messages import Files
from inference.request import DrawRequest, EmbeddingUse, LoraUse, Wish

UNET, TEXT = 0.8, 0.5  # how strongly each network feels it
_BY_DIFFUSERS = ((Names.SGM, Kind.LORA), (Names.KOHYA, Kind.LORA), (Names.PEFT, Kind.LORA))
_WORD = "mymark"


def lora_rows(seed: int) -> Iterator[Row]:
    """Each form, on Stable Diffusion 1.5 and on SDXL."""
    facts = Facts(seed=seed)
    for family in ("sd15", "sdxl"):
        for names, kind in _BY_DIFFUSERS:
            if (family, names) != ("sd15", Names.SGM):  # diffusers knows these names for SDXL only
                yield _lora(family, names, kind, facts, by_diffusers=True)
        for names, kind in ((Names.SGM, Kind.LOCON), *((Names.KOHYA, kind) for kind in Kind if kind is not Kind.LORA)):
            yield _lora(family, names, kind, facts, by_diffusers=False)
        yield _embedding(family, facts)


def _lora(family: str, names: Names, kind: Kind, facts: Facts, *, by_diffusers: bool) -> Row:
    def put(root: Path, alpha: float = 1.0) -> Path:
        write_lora(root / LORAS / "mine.safetensors", family, names, kind, facts=facts, alpha=alpha)
        return write(root / CHECKPOINTS, family, Form.SINGLE, facts)

    def plain(request: DrawRequest) -> Drawing:
        if by_diffusers:
            return plainly(prepared(_loaded(family, names, kind, facts)), request)
        return plainly(prepared(merged(family, names, kind, facts=facts, unet=UNET, text=TEXT)), request)

    lies: dict[str, Mapping[str, Any]] = {"weight: 0.7": {"files": partial(worn, unet=0.7)}}
    if kind is not Kind.FULL:
        lies["alpha: 2"] = {"put": partial(put, alpha=2.0)}
    against = "by diffusers" if by_diffusers else "merged"
    return Row(
        family=family, form=f"{kind.value}, {names.value} ({against})", put=put, plain=plain, files=worn, lies=lies
    )


def worn(_: Path, companions: Companions, request: DrawRequest, *, unet: float = UNET) -> tuple[DrawRequest, Files]:
    """The request with the LoRA that was found, by the fingerprint of its content."""
    path = _path_of(companions, "lora")
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    use = LoraUse(name="mine", sha256=sha256, unet=unet, text=TEXT)
    return replace(request, loras=(use,)), {sha256: path}


def _path_of(companions: Companions, kind: str) -> Path:
    for each in companions:
        if each.kind == kind:
            return each.path
    raise NotFound(f"no {kind} among {companions}")


def _loaded(family: str, names: Names, kind: Kind, facts: Facts) -> Any:  # noqa: ANN401
    """diffusers' own pipeline, which reads the file itself."""
    pipe: Any = stock(family, facts)
    with tempfile.TemporaryDirectory(prefix="genga-families-") as place:
        path = write_lora(Path(place, "mine.safetensors"), family, names, kind, facts=facts)
        pipe.load_lora_weights(place, weight_name=path.name, adapter_name="mine")
    strengths = {"unet": UNET} | {part: TEXT for part in TEXTS if getattr(pipe, part, None) is not None}
    pipe.set_adapters(["mine"], [strengths])
    return pipe


def _embedding(family: str, facts: Facts) -> Row:
    """A word of two vectors, in the prompt and in what is to be avoided."""
    dice = torch.Generator().manual_seed(facts.seed + 5)
    widths = {"sd15": {"emb_params": 32}, "sdxl": {"clip_l": 32, "clip_g": 64}}[family]
    vectors = {name: torch.randn((2, width), generator=dice) * 0.5 for name, width in widths.items()}

    def put(root: Path, times: float = 1.0) -> Path:
        save_file({name: times * each for name, each in vectors.items()}, root / "embeddings" / f"{_WORD}.safetensors")
        return write(root / CHECKPOINTS, family, Form.SINGLE, facts)

    def plain(request: DrawRequest) -> Drawing:
        pipe: Any = stock(family, facts)
        for (encoder, tokenizer), each in zip(
            (("text_encoder", "tokenizer"), ("text_encoder_2", "tokenizer_2")), vectors.values(), strict=False
        ):
            pipe.load_textual_inversion(
                {_WORD: each}, token=_WORD, text_encoder=getattr(pipe, encoder), tokenizer=getattr(pipe, tokenizer)
            )
            _end_by_token(getattr(pipe, encoder))
        return plainly(prepared(pipe), request)

    wish = Wish(prompt=f"1girl, {_WORD}, blue hair", negative=f"bad, {_WORD}")
    return Row(
        family=family, form="embedding of two vectors (by diffusers)", put=put, plain=plain, files=_called, wish=wish,
        lies={"vectors: half": {"put": partial(put, times=0.5)}, "not named": {"files": as_asked}},
    )  # fmt: skip


def _end_by_token(encoder: torch.nn.Module) -> None:
    """Have what is pooled taken where the end is, and not at the highest token, which a new word's would be."""
    for module in encoder.modules():
        if hasattr(module, "eos_token_id"):
            setattr(module, "eos_token_id", 49407)  # noqa: B010 - modules have none in their types


def _called(tree: Path, companions: Companions, request: DrawRequest) -> tuple[DrawRequest, Files]:
    """The request with the embedding that was found.

    One that has no second encoder's vectors is known by its width alone, and the miniature's is not the real one's.
    """
    path = _path_of(companions, "embedding") if companions else tree / "embeddings" / f"{_WORD}.safetensors"
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    return replace(request, embeddings=(EmbeddingUse(word=path.stem, sha256=sha256),)), {sha256: path}
