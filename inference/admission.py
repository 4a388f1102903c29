"""Whether a picture can be drawn on this machine at all, asked before it is accepted; no torch."""

import asyncio

from inference.errors import N_, BadRequest
from inference.messages import Hello
from inference.models.catalog import Model
from inference.models.memory import Need, Plan, TooLarge, plan
from inference.models.parts import weights_of
from inference.models.sizes import FAMILIES, rule_for

TOO_LARGE = N_("{width}×{height} doesn't fit into this machine's memory with {model}. Choose {fits} or smaller.")
NO_ROOM = N_("{model} doesn't fit into this machine's memory. Choose another model.")


async def refuse_too_large(hello: Hello | None, model: Model, width: int, height: int) -> None:
    """BadRequest with the largest size that fits, if the plan finds no way; silent while no worker has said hello."""
    if hello is None or hello.budget is None or model.family not in FAMILIES:
        return
    weights = await asyncio.to_thread(weights_of, model, half=hello.half)
    rule = rule_for(model.family, half=hello.half)
    need = Need(model=model.name, weights=weights, rule=rule, width=width, height=height)
    match plan(hello.budget, [], need):
        case TooLarge(width=0):
            raise BadRequest(template=NO_ROOM, model=model.title)
        case TooLarge() as found:
            fits = f"{found.width}×{found.height}"
            raise BadRequest(template=TOO_LARGE, width=width, height=height, model=model.title, fits=fits)
        case Plan():
            pass
