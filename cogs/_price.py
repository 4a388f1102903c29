"""What a picture costs whoever runs the bot, said before it is asked for: nothing is spent that nobody agreed to."""

from collections.abc import Mapping

import discord

from cogs import _card, _terms, errors
from cogs._origin import Asked
from cogs._services import Services
from cogs._words import Words
from inference.errors import N_
from inference.models.families import NOVELAI
from inference.request import Request
from storage import agreements
from storage.pictures import Picture

AGREED = "anlas"  # among a job's facts: what was agreed to
COSTS = N_(
    "**{model} draws for money.** This takes about **{anlas} Anlas** from the account of this bot's operator. Nothing "
    "is drawn until you say so."
)
DRAW_IT = N_("Draw it for {anlas} Anlas")


async def asked_first(
    services: Services,
    say: Words,
    asked: Asked,
    request: Request,
    *,
    private: bool,
    parent: Picture | None,
    note: Mapping[str, str | int] | None,
) -> bool:
    """Whether the person has to agree to the price first; then they are asked, and the request waits for them.

    Raises BadRequest when it costs more than the operator allows.
    """
    model = services.catalog.find(request.model)
    if services.service is None or model.family != NOVELAI:
        return False
    anlas = await services.service.engine.price(request)
    agreed = (note or {}).get(AGREED, 0)
    if anlas <= (agreed if isinstance(agreed, int) else 0):
        return False
    person_id = asked.user.id if isinstance(asked, discord.Interaction) else asked.author.id
    number = await agreements.keep(
        services.db, person_id, request, private=private, parent_picture_id=parent.id if parent else None,
        context={**(note or {}), AGREED: anlas},
    )  # fmt: skip
    text = say(COSTS, model=model.title, anlas=anlas)
    view = _card.agreement(say, text, _terms.custom_id(number), label=say(DRAW_IT, anlas=anlas))
    if isinstance(asked, discord.Interaction):
        fresh = not asked.response.is_done()
        await errors.tell(asked, text, view)
        if fresh:
            services.asking.keep(number, asked)
    else:
        await errors.answer(asked, view)
    return True
