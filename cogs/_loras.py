"""Which LoRAs and embeddings somebody may use here, which ones a wish means, and where their files lie.

Somebody's own come first, then what is shared with the server they are in, then the operator's; their own come last in
a server that wants no own files, where they are refused. Nobody hears of others: neither their names nor that there
are any.
"""

import asyncio
import contextlib
import dataclasses
import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path

from cogs import _lora_words
from cogs._lora_names import Known, Whose, called, name_for, so_called, told_apart, writable
from cogs._place import Where
from cogs._services import Services
from cogs._text import quoted
from inference.errors import N_, BadRequest, ExtraUnusable, Gone
from inference.models.catalog import Companion, Model
from inference.models.folders import Kind as Shelf
from inference.models.folders import Remark
from inference.models.installed import BROKEN_HERE
from inference.models.lora.family import title_of
from inference.models.lora.numbers import NOT_FINITE
from inference.prompts import loras as written
from inference.request import DrawRequest, EmbeddingUse, LoraUse, Request, WantedLora, Wish
from inference.safety.evidence import AgeStatus, Reader, Strength
from storage import loras, servers
from storage.loras import Kind, Lora, folded

MOST = 8  # LoRAs in one picture
MOST_EMBEDDINGS = 10

TOO_MANY = N_("One picture takes up to {limit} LoRAs. Leave some out.")
UNKNOWN = N_("There is no LoRA {name} here. {list} shows which there are.")
UNKNOWN_BUT = N_("There is no LoRA {name} here. Did you mean {nearest}?")
NO_LORA = N_("{name} is no LoRA but an embedding: write its name into the prompt.")
ANOTHER_FAMILY = N_("{name} was made for {made_for}, and {model} is {family}. Choose another model or leave it out.")
NARROW = N_("{name} is for full {family} models; {model} is a small one of its own. No model here fits: leave it out.")
NARROW_BUT = N_(
    "{name} is for full {family} models; {model} is a small one of its own. "
    "Choose another model, for example {other}, or leave it out."
)
SAME_FILE = N_("{name} and {other} are the same file. Name only one of them.")
NOT_FOR_YOU = N_("That was drawn with a LoRA that you can't use here. Press Edit and leave it out.")
REMOVED = N_("A LoRA of this picture was removed before it was drawn. Press Edit and leave it out.")


async def known_to(services: Services, person_id: int, server_id: int | None) -> list[Known]:
    """This person's own and all they may use here, in the order in which a name is looked for; each file once."""
    own = [_of_row(each, Whose.OWN) for each in await loras.of_owner(services.db, person_id)]
    others = await known_to_all(services, server_id)
    wanted_here = (await servers.rules(services.db, server_id)).uploads
    found = [*own, *others] if wanted_here else [*others, *own]
    first = {each.sha256: each for each in reversed([*own, *others])}
    return told_apart([first[each.sha256] for each in _once(found)])


async def private_names(services: Services, request: Request, where: Where) -> list[str]:
    """What in this request nobody here shares, and neither does the operator: files that only whoever asks has."""
    if not (request.loras or request.embeddings):
        return []
    others = await known_to_all(services, where.guild_id)
    names = [(_name_of(each), each.sha256) for each in (*request.loras, *request.embeddings)]
    return [name for name, sha256 in names if await _the_same(services, others, name, sha256) is None]


async def known_to_all(services: Services, server_id: int | None) -> list[Known]:
    """What everybody here may use: what is shared with this server, then the operator's."""
    shared = await loras.shared_with(services.db, server_id) if server_id is not None else []
    found = [*(_of_row(each, Whose.SHARED) for each in shared), *await asyncio.to_thread(operators, services)]
    return told_apart(_once(found))


def _once(known: Iterable[Known]) -> list[Known]:
    """Each file once: several people may have the same, or several of the operator's folders."""
    first: dict[str, Known] = {}
    for each in known:
        first.setdefault(each.sha256, each)
    return [*first.values()]


def operators(services: Services) -> list[Known]:
    """The operator's own, for everybody; in a thread, for the words of new ones are read."""
    known = [_of_companion(services.reader, each) for each in services.catalog.companions]
    return [dataclasses.replace(each, broken=True) if _is_broken(services, each) else each for each in known]


def broken(services: Services) -> list[Remark]:
    """What the operator should know of their own: those whose numbers are none."""
    paths = [each.path for each in services.catalog.companions if services.prints.is_damaged(each.path)]
    return [Remark(path=str(path), template=BROKEN_HERE, fields={"what": NOT_FINITE}) for path in paths]


def _is_broken(services: Services, known: Known) -> bool:
    return known.path is not None and services.prints.is_damaged(known.path)


def taken_out(wish: Wish) -> Wish:
    """The wish with the LoRAs that its prompt calls, `<lora:name:0.8>`, beside those it names anyway.

    BadRequest where it wants one with different weights.
    """
    prompt, said = written.taken_out(wish.prompt or "")
    if not said:
        return wish
    return dataclasses.replace(wish, prompt=prompt, loras=_lora_words.once_each((*(wish.loras or ()), *said)))


async def brought(
    services: Services,
    request: DrawRequest,
    wanted: Sequence[WantedLora],
    model: Model,
    person_id: int,
    server_id: int | None,
) -> DrawRequest:
    """The request with the LoRAs that are wanted and the embeddings that its words call.

    Raises BadRequest for what is none, too many, the same file under two names, or made for another kind of model.
    """
    if len(wanted) > MOST:
        raise BadRequest(template=TOO_MANY, limit=MOST)
    known = await known_to(services, person_id, server_id)
    uses: dict[str, LoraUse] = {}
    for each in [await _use(services, known, one, model, server_id) for one in wanted]:
        before = uses.setdefault(each.sha256, each)
        if before is not each:
            raise BadRequest(template=SAME_FILE, name=quoted(before.name, 60), other=quoted(each.name, 60))
    fitting = [each for each in known if each.kind is Kind.EMBEDDING and each.fits(model.takes)]
    said = [each for each in fitting if any(_stands_in(text, each.name) for text in _texts(request))]
    called_up = [await _sound(services, each) for each in said]
    embeddings = {
        each.name.lower(): EmbeddingUse(word=each.name, sha256=each.sha256, age=each.age)
        for each in reversed(called_up)
    }
    return dataclasses.replace(
        request, loras=tuple(uses.values()), embeddings=tuple(embeddings.values())[-MOST_EMBEDDINGS:]
    )


async def plain_words(services: Services, request: Request, where: Where) -> list[str]:
    """Names in the request's words of embeddings that this person may use, but not with its model."""
    model = services.catalog.models.get(request.model)
    known = await known_to(services, where.person_id, where.guild_id) if model else []
    used = {each.word.lower() for each in request.embeddings}
    others = [each for each in known if each.kind is Kind.EMBEDDING and model and not each.fits(model.takes)]
    names = dict.fromkeys(each.name for each in others if each.name.lower() not in used)
    return [name for name in names if any(_stands_in(text, name) for text in _texts(request))]


async def still_usable(services: Services, request: Request, where: Where) -> Request:
    """The request as this person may have it drawn now; BadRequest when a LoRA in it is not, or no longer, for them.

    What is known of a file may have changed since the request was made, and counts as it is now.
    """
    if not (request.loras or request.embeddings):
        return request
    known = await known_to(services, where.person_id, where.guild_id)
    ages = {use.sha256: await _age_of(services, known, use) for use in (*request.loras, *request.embeddings)}
    return dataclasses.replace(
        request,
        loras=tuple(dataclasses.replace(each, age=ages[each.sha256]) for each in request.loras),
        embeddings=tuple(dataclasses.replace(each, age=ages[each.sha256]) for each in request.embeddings),
    )


async def _age_of(services: Services, known: Sequence[Known], use: LoraUse | EmbeddingUse) -> AgeStatus:
    found = await _the_same(services, known, _name_of(use), use.sha256)
    if found is None:
        raise BadRequest(template=NOT_FOR_YOU)
    return found.age


async def files_of(services: Services, request: Request) -> dict[str, Path]:
    """Where the files lie that a request names, by sha256; Gone when one was removed meanwhile."""
    found: dict[str, Path] = {}
    for use in (*request.loras, *request.embeddings):
        path = await loras.path(services.db, use.sha256)
        if path is None:
            known = await asyncio.to_thread(operators, services)
            own = await _the_same(services, known, _name_of(use), use.sha256)
            path = own.path if own else None
        if path is None:
            raise Gone(template=REMOVED)
        found[use.sha256] = path
    return found


def wanted_again(request: Request) -> tuple[WantedLora, ...]:
    """The LoRAs of a request as a wish for the very same files."""
    return tuple(
        WantedLora(name=each.name, unet=each.unet, text=each.text, sha256=each.sha256) for each in request.loras
    )


def family_title(services: Services, family: str) -> str:
    """What people call it."""
    known = services.catalog.families.get(family)
    return known.title if known else title_of(family)


async def _use(
    services: Services, known: Sequence[Known], wanted: WantedLora, model: Model, server_id: int | None
) -> LoraUse:
    _lora_words.within_reach(wanted)
    the_same = await _the_same(services, known, wanted.name, wanted.sha256) if wanted.sha256 else None
    loras_alone = [each for each in known if each.kind is Kind.LORA]
    found = the_same or called(loras_alone, wanted.name, model.takes) or called(known, wanted.name)
    if found is None:
        raise unknown(services, known, wanted.name)
    if found.kind is not Kind.LORA:
        raise BadRequest(template=NO_LORA, name=quoted(found.name))
    if not found.fits(model.takes):
        raise await _misfit(services, found, model, server_id)
    name = name_for(loras_alone, found, model.takes)
    found = await _sound(services, found)
    return LoraUse(name=name, sha256=found.sha256, unet=wanted.unet, text=wanted.text, age=found.age)


async def _misfit(services: Services, found: Known, model: Model, server_id: int | None) -> BadRequest:
    """The sentence about a LoRA that was made for other models."""
    name, family = quoted(found.name), family_title(services, model.family)
    if found.family != model.family:
        made_for = family_title(services, found.family)
        return BadRequest(template=ANOTHER_FAMILY, name=name, made_for=made_for, model=model.title, family=family)
    other = await fitting_model(services, found, server_id)
    if other is None:
        return BadRequest(template=NARROW, name=name, family=family, model=model.title)
    return BadRequest(template=NARROW_BUT, name=name, family=family, model=model.title, other=other.title)


async def fitting_model(services: Services, known: Known, server_id: int | None) -> Model | None:
    """A model that may be used here and that it was made for; None where there is none."""
    allowed = (await servers.rules(services.db, server_id)).models
    models = (each for name, each in services.catalog.models.items() if name in (allowed or services.catalog.models))
    return next((each for each in models if each.is_there and known.fits(each.takes)), None)


def unknown(services: Services, known: Sequence[Known], name: str) -> BadRequest:
    """The sentence about a name that is none, with those near it that this person may know of."""
    names = {folded(each.label): each.label for each in reversed(known) if each.kind is Kind.LORA}
    near = difflib.get_close_matches(folded(name)[: loras.MAX_NAME_CHARS], names, n=3, cutoff=0.5)
    shown = quoted(name, 80) or "–"
    if near:
        nearest = ", ".join(quoted(names[each]) for each in near)
        return BadRequest(template=UNKNOWN_BUT, name=shown, nearest=nearest)
    return BadRequest(template=UNKNOWN, name=shown, list=services.mention_of("lora", "list"))


async def _the_same(services: Services, known: Iterable[Known], name: str, sha256: str) -> Known | None:
    """The very file, whatever it is called now; of the operator's only those of its name are read for that."""
    if named := next((each for each in known if each.sha256 == sha256), None):
        return named
    for each in so_called(known, name.rpartition("/")[2]):
        if each.path is not None and (await _by_content(services, each)).sha256 == sha256:
            return each
    return None


async def _by_content(services: Services, known: Known) -> Known:
    """The same with the fingerprint of its whole content, by which the worker knows a file; Gone if it went."""
    if known.path is None:
        return known
    try:
        found = await asyncio.to_thread(services.prints.of, known.path)
    except OSError as error:
        raise Gone(template=REMOVED) from error
    return dataclasses.replace(known, sha256=found.sha256, broken=not found.sane)


async def _sound(services: Services, known: Known) -> Known:
    """The same as `_by_content`; ExtraUnusable where its numbers are none."""
    found = await _by_content(services, known)
    if found.broken:
        raise ExtraUnusable(extra=quoted(found.name, 60), what=NOT_FINITE)
    return found


async def marks_of(services: Services, known: Sequence[Known]) -> Mapping[str, Sequence[str]]:
    """All fingerprints that other programs may have written for each, by its own `sha256`.

    Of the operator's only for those files that were read by now: see `look_at`.
    """
    return await asyncio.to_thread(lambda: {each.sha256: _marks(services, each) for each in known})


def _marks(services: Services, known: Known) -> Sequence[str]:
    try:
        if known.path is not None:
            found = services.prints.known(known.path)
        else:
            found = services.prints.of(loras.path_of(services.db, known.sha256))
    except OSError:
        return ()
    return (found.sha256, found.tensors_sha256) if found else ()


async def look_at(services: Services) -> None:
    """Read the operator's LoRAs one after the other, each once in its life, so that they are known by their content."""
    paths = [each.path for each in services.catalog.companions]
    known = await asyncio.to_thread(lambda: {path for path in paths if services.prints.known(path)})
    for path in paths:
        if path not in known:
            with contextlib.suppress(OSError):  # it went, or cannot be read: then only its name finds it
                await asyncio.to_thread(services.prints.of, path)
    if len(known) < len(paths):
        await asyncio.to_thread(services.prints.save, paths)


def _name_of(use: LoraUse | EmbeddingUse) -> str:
    return use.name if isinstance(use, LoraUse) else use.word


def _texts(request: DrawRequest) -> tuple[str, str]:
    return request.prompt.casefold(), request.negative.casefold()


def _stands_in(text: str, name: str) -> bool:
    """Whether the name is a word of the text, and no part of a longer one."""
    word = name.casefold()
    return word in text and re.search(rf"(?<![\w-]){re.escape(word)}(?![\w-])", text) is not None


@lru_cache(maxsize=8192)
def _of_companion(reader: Reader, companion: Companion) -> Known:
    """What it says of itself tells of whom it shows; nobody vouches for more."""
    read = reader.read(f"{companion.name}, {companion.says}", "")
    return Known(
        name=writable(companion.name) if companion.kind is Shelf.LORA else companion.name,
        kind=Kind(companion.kind.value),
        sha256=companion.sha256,
        family=companion.family,
        words=companion.words,
        size_bytes=companion.bytes,
        age=AgeStatus.MINOR if read.young is Strength.STRONG else AgeStatus.UNKNOWN,
        whose=Whose.OPERATOR,
        path=companion.path,
        folders=companion.folders,
    )


def _of_row(lora: Lora, whose: Whose) -> Known:
    return Known(
        name=lora.name,
        kind=lora.kind,
        sha256=lora.sha256,
        family=lora.family,
        words=lora.words,
        size_bytes=lora.size_bytes,
        age=AgeStatus(lora.age),
        whose=whose,
        lora=lora,
    )
