"""What families of checkpoints have in common, as far as the bot must know; imports no torch."""

from inference.errors import N_, BadRequest

# Transformers trained by flow matching: diffusers' own pipelines draw with them, each with the one sampler it has.
FLOW = frozenset({"anima", "chroma", "lumina2", "qwen-image", "z-image"})
# A service: its models have no files here.
NOVELAI = "novelai"
# Their pipelines have no image to image.
FROM_WORDS_ONLY = frozenset({"lumina2"})
# Patches of two by two latent cells of eight pixels.
_FLOW_MULTIPLE, _UNET_MULTIPLE = 16, 8
_NOVELAI_MULTIPLE = 64


def size_multiple(family: str) -> int:
    """Width and height of what a family draws are multiples of so many pixels."""
    if family == NOVELAI:
        return _NOVELAI_MULTIPLE
    return _FLOW_MULTIPLE if family in FLOW else _UNET_MULTIPLE


def refuse_picture(family: str, title: str) -> None:
    """BadRequest for a family that cannot start from a picture."""
    if family in FROM_WORDS_ONLY:
        template = N_("{model} can't start from a picture yet. Leave the picture out, or choose another model.")
        raise BadRequest(template=template, model=title)


def refuse_look(family: str, title: str) -> None:
    """BadRequest for a family that takes no picture for its look alone."""
    if family != NOVELAI:
        template = N_(
            "{model} can't take only the look of a picture; NovelAI's own models can. Leave image_as out to "
            "start from it."
        )
        raise BadRequest(template=template, model=title)
