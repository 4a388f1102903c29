"""Settings that somebody found in a picture or pasted, as a wish for the models and LoRAs they may use here."""

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from cogs import _loras
from cogs._lora_names import Known, called
from cogs._parse import model_for
from cogs._services import Services
from cogs._session import Note
from cogs._text import quoted
from inference.errors import N_
from inference.models.catalog import Model
from inference.prompts.adoption import Adopted, Difference, Recognised, adopted, hashes_agree, recognised
from inference.prompts.infotext import parse
from inference.prompts.settings import SaidLora, Settings
from inference.request import WantedLora, Wish, merged
from storage.loras import Kind

SHOWN = 6  # differences in a sentence

PASTED = N_("Your text held settings, and I used them.")
PASTED_BUT = N_("Your text held settings, and I used them. Different here: {differences}.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Here:
    """Settings, and what of them there is here."""

    settings: Settings
    recognised: Recognised
    model: Model  # that would draw
    adopted: Adopted
    loras: frozenset[str]  # of those that are named, the ones that would be worn

    @property
    def differences(self) -> str:
        """All that would be different, to be shown; empty when nothing would."""
        found = self.adopted.differences
        shown = ", ".join(quoted(f"{each.said} → {each.here or '–'}", 80) for each in found[:SHOWN])
        return f"{shown}, …" if len(found) > SHOWN else shown


async def here(
    services: Services, settings: Settings, person_id: int, server_id: int | None, *, model: str | None = None
) -> Here:
    """The settings as this person may use them here, on `model` where it is named, else on the one that drew them."""
    found = recognised(settings, services.catalog)
    its_own = found.model or found.near
    of_picture = its_own.name if its_own is not None and its_own.is_there else None
    wanted = Wish(model=model or of_picture)
    draws = await model_for(services, wanted, person_id, server_id)
    known = await _loras.known_to(services, person_id, server_id)
    worn: set[str] = set()
    hashed = any(each.hash for each in settings.loras)
    marks = await _loras.marks_of(services, known if hashed else [])
    nearest = adopted(settings, draws, _finder(known, marks, draws, worn))
    if settings.model and (found.model is None or found.model.name != draws.name):
        other = Difference(said=settings.model, here=draws.title)
        nearest = dataclasses.replace(nearest, differences=(other, *nearest.differences))
    return Here(settings=settings, recognised=found, model=draws, adopted=nearest, loras=frozenset(worn))


async def understood(services: Services, wish: Wish, person_id: int, server_id: int | None) -> tuple[Wish, Note | None]:
    """The wish with the settings that its prompt holds, as A1111 writes them; what was said otherwise stays as it is.

    And what is to be said about that on the card; None for words that are nothing but words.
    """
    settings = parse(wish.prompt or "")
    if settings is None:
        return wish, None
    found = await here(services, settings, person_id, server_id, model=wish.model)
    full = merged(dataclasses.replace(wish, prompt=None), found.adopted.wish)
    return full, _note(found)


def _note(found: Here) -> Note:
    if not found.differences:
        return {"note": PASTED}
    return {"note": PASTED_BUT, "differences": found.differences}


def _finder(
    known: Sequence[Known], marks: Mapping[str, Sequence[str]], model: Model, worn: set[str]
) -> Callable[[SaidLora], WantedLora | None]:
    """Finds a LoRA by its file's hash or its name, among those that fit; whatever it finds is noted in `worn`."""
    files: set[str] = set()  # a file is worn once, however many names it has
    fitting = [each for each in known if each.kind is Kind.LORA and each.fits(model.takes)]

    def find(said: SaidLora) -> WantedLora | None:
        by_hash = next((each for each in fitting if _is_it(marks.get(each.sha256, ()), said)), None)
        found = by_hash or called(fitting, said.name, model.takes)
        if found is None or len(worn) >= _loras.MOST or found.sha256 in files:
            return None
        files.add(found.sha256)
        worn.add(said.name)
        return WantedLora(name=found.name, unet=said.unet, text=said.text, sha256=found.sha256)

    return find


def _is_it(marks: Sequence[str], said: SaidLora) -> bool:
    return any(hashes_agree(mark, said.hash) for mark in marks)
