"""The terms: shown once to every person, in their language, before their first picture.

They are the bot's own rules and those that come with the model in use, as the catalogue names them. Each has a version
that is kept with who accepted it; a new version asks again.
"""

import logging
from collections.abc import Collection, Mapping

import discord

from cogs import _card, errors
from cogs._origin import Asked
from cogs._services import Services
from cogs._text import number36
from cogs._words import Words
from inference.errors import N_
from inference.models.catalog import Catalog, Model
from inference.request import Request
from storage import agreements
from storage.pictures import Picture

log = logging.getLogger(__name__)

HOUSE = "house:1"  # with its version: count on when the text below changes its meaning
NAMED = 8  # models in a sentence
HEAD = N_("**Just once, before your first picture**")
HEAD_OF_MODEL = N_("**Just once, before your first picture with {model}**")
HOUSE_RULES = N_(
    "I never draw anything sexual with anyone who is or looks like a minor, nor sexual pictures of real people. Please "
    "don't use me to hurt, harass or deceive anybody. {privacy} shows what I keep about you, and deletes it."
)
# Catalogue entry's `use_restrictions` -> its text; a new meaning is a new name there and a new line here.
RESTRICTIONS: Mapping[str, str] = {
    "openrail:1": N_(
        "The model **{model}** comes with its makers' rules: nothing unlawful, nothing that exploits or harms minors, "
        "no false information meant to harm, no defaming or harassing, no medical or legal advice, and no decisions "
        "about people's rights."
    ),
    "openrail-nc:1": N_(
        "The model **{model}** comes with its makers' rules: nothing commercial, nothing unlawful, nothing that "
        "exploits or harms minors, no false information meant to harm, no defaming or harassing, no medical or legal "
        "advice, and no decisions about people's rights."
    ),
    "nc:1": N_("The model **{model}** comes with its makers' rules: nothing commercial."),
}


def texts_for(model: Model) -> tuple[str, ...]:
    """What has to be accepted before this model draws for somebody."""
    return (HOUSE, model.use_restrictions) if model.use_restrictions else (HOUSE,)


async def missing(services: Services, person_id: int, model: str) -> tuple[str, ...]:
    """Which of a model's terms the person has not accepted yet."""
    known = services.catalog.models.get(model)
    accepted = await agreements.of_person(services.db, person_id)
    return tuple(text for text in (texts_for(known) if known else (HOUSE,)) if text not in accepted)


def head(say: Words, model: Model, texts: tuple[str, ...]) -> str:
    """What stands above the terms: somebody who accepted the rules of the house is asked for the model's alone."""
    return say(HEAD) if HOUSE in texts else say(HEAD_OF_MODEL, model=model.title)


def sentences(say: Words, model: Model, texts: tuple[str, ...], privacy: str) -> str:
    """The terms in words; `privacy` is the command to click."""
    said = [say(HOUSE_RULES, privacy=privacy)] if HOUSE in texts else []
    said += [say(RESTRICTIONS[text], model=model.title) for text in texts if text != HOUSE]
    return "\n".join(f"- {each}" if len(said) > 1 else each for each in said)


def of_others(say: Words, catalog: Catalog, accepted: Collection[str], model: Model) -> list[str]:
    """The rules of further models that somebody accepted, for as long as such models are here."""
    said: list[str] = []
    for text in (each for each in RESTRICTIONS if each in accepted and each != model.use_restrictions):
        titles = [each.title for each in catalog.models.values() if each.use_restrictions == text]
        if titles:
            named = ", ".join(titles[:NAMED]) + (", …" if len(titles) > NAMED else "")
            said.append(f"- {say(RESTRICTIONS[text], model=named)}")
    return said


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
    """Whether the person has to accept the terms first; then they are asked, and the request waits for them."""
    person_id = asked.user.id if isinstance(asked, discord.Interaction) else asked.author.id
    texts = await missing(services, person_id, request.model)
    if not texts:
        return False
    number = await agreements.keep(
        services.db, person_id, request, private=private, parent_picture_id=parent.id if parent else None,
        context=note or {},
    )  # fmt: skip
    model = services.catalog.find(request.model)
    text = f"{head(say, model, texts)}\n{sentences(say, model, texts, services.mention_of('privacy', 'show'))}"
    view = _card.agreement(say, text, custom_id(number))
    if isinstance(asked, discord.Interaction):
        fresh = not asked.response.is_done()
        await errors.tell(asked, head(say, model, texts), view)
        if fresh:
            services.asking.keep(number, asked)
    else:
        await errors.answer(asked, view)
    return True


def custom_id(number: int) -> str:
    """The Accept button's, for what was asked for under this number; 0: nothing was."""
    return f"v1t:accept:{number36(number)}"
