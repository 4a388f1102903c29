"""What a card says beside the facts."""

import dataclasses

from cogs._session import describe
from inference.request import Wish, resolve
from tests.cogs.gate_world import World


async def test_a_card_says_when_a_model_takes_no_weights(world: World) -> None:
    catalog = world.services.catalog
    mini = catalog.models["genga-mini"]
    for family, notes in (("anima", 1), (mini.family, 0)):
        model = dataclasses.replace(mini, family=family)
        world.services.catalog = dataclasses.replace(catalog, models={**catalog.models, mini.name: model})
        for prompt in ("1girl, (red hair:1.2)", "1girl, red hair"):
            job, _ = await world.drawn(request=resolve(Wish(prompt=prompt), model=model))
            note = (await describe(world.services, job)).note
            assert note.startswith("Genga mini knows no weights") == bool(notes and "(" in prompt), (family, prompt)
