"""The models that may be used in a server, on /server: a select, in parts where there are more than Discord shows."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import discord
from discord import ui

from cogs._model_names import MAX_TYPED_CHARS, NONE_CALLED, called, in_order
from cogs._services import Services
from cogs._text import quoted
from cogs._words import Words
from inference.errors import N_, BadRequest
from inference.models.catalog import Model
from storage.servers import ServerRules

MOST_SHOWN = 25  # options of a select
NAMED = 8  # models in a sentence
SELECT, TURN, FIND = "models", "turn", "find"

CHOSEN = N_("Models that may be used: {count} of {total}: {titles}.")
PART = N_("Models: {part} of {parts}, by name")
FOUND = N_("Models called like “{typed}”")


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """Which of them are shown: a part of all, from 1, or those whose names hold what was `typed`."""

    part: int = 1
    typed: str = ""


def told(services: Services, say: Words, rules: ServerRules) -> list[str]:
    """A line that names those chosen, where the select cannot show all of them."""
    models = services.catalog.models
    chosen = [models[name] for name in rules.models if name in models]
    if len(models) <= MOST_SHOWN or not chosen:
        return []
    titles = ", ".join(quoted(each.title, 60) for each in chosen[:NAMED]) + (", …" if len(chosen) > NAMED else "")
    return [say(CHOSEN, count=len(chosen), total=len(models), titles=titles)]


def select(services: Services, say: Words, rules: ServerRules, look: Look, page: str) -> ui.ActionRow[ui.LayoutView]:
    """What `look` shows, those that may be used chosen. BadRequest where nothing is called like that."""
    ordered, parts = _ordered(services), _parts(services)
    part = min(max(look.part, 1), parts)
    if look.typed:
        shown = called(ordered, look.typed)[:MOST_SHOWN]
        placeholder = say(FOUND, typed=look.typed)
    else:
        shown = ordered[(part - 1) * MOST_SHOWN : part * MOST_SHOWN]
        placeholder = say(PART, part=part, parts=parts) if parts > 1 else say("Models that may be used: all")
    if not shown:
        raise BadRequest(template=NONE_CALLED, typed=quoted(look.typed, MAX_TYPED_CHARS))
    options = [
        discord.SelectOption(label=model.title[:100], value=model.name, default=model.name in rules.models)
        for model in shown
    ]
    chosen = ui.Select[ui.LayoutView](
        custom_id=f"v1gs:{SELECT}:{page}" + (f":{part}" if parts > 1 else ""), placeholder=placeholder[:150],
        options=options, min_values=0, max_values=len(options),
    )  # fmt: skip
    return ui.ActionRow(chosen)


def buttons(services: Services, say: Words, look: Look, page: str) -> list[ui.Button[ui.LayoutView]]:
    """To the part before and behind, and to a search; none where the select shows all."""
    parts = _parts(services)
    if parts == 1:
        return []
    part = min(max(look.part, 1), parts)
    return [
        ui.Button(label=say("Models before"), emoji="◀️", custom_id=f"v1g:{TURN}:{page}:{part - 1}", disabled=part == 1),
        ui.Button(
            label=say("More models"), emoji="▶️", custom_id=f"v1g:{TURN}:{page}:{part + 1}", disabled=part == parts
        ),
        ui.Button(label=say("Find a model…"), emoji="🔎", custom_id=f"v1g:{FIND}:{page}"),
    ]


def chosen_anew(
    services: Services, rules: ServerRules, shown: Collection[str], chosen: Sequence[str]
) -> tuple[str, ...]:
    """The models that may be used now that of those `shown` these were `chosen`; the others stay as they were."""
    kept = [name for name in rules.models if name in services.catalog.models and name not in shown]
    return (*kept, *chosen)


def _ordered(services: Services) -> list[Model]:
    return in_order(services.catalog.models.values())


def _parts(services: Services) -> int:
    return max(1, -(-len(services.catalog.models) // MOST_SHOWN))
