"""What somebody does at the page, done by the person they are; ValueError with a sentence where that cannot be."""

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from typing import cast

from playground.cdn_links import Links
from playground.json_types import Node, Payload, Upload, listed, nested, strings
from playground.mentions import as_the_client_writes
from playground.modals import FieldValue
from playground.options import Value
from playground.page_view import message_view, opened
from playground.people import Person
from playground.seen import Seen
from playground.sent import Sent
from playground.world import World

UPLOADS_KEPT = 30
GONE = "That message is gone."


class Uploads:
    """Files dropped on the page, kept until they are used or newer ones push them out."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, Upload] = OrderedDict()
        self._count = 0

    def keep(self, upload: Upload) -> str:
        """Its name until it is sent."""
        self._count += 1
        self._kept[str(self._count)] = upload
        while len(self._kept) > UPLOADS_KEPT:
            self._kept.popitem(last=False)
        return str(self._count)

    def find(self, name: object) -> Upload:
        """The file kept under that name."""
        if (found := self._kept.get(str(name))) is None:
            raise ValueError("That file is no longer here. Add it once more.")
        return found


class Actions:
    """Everything one person can ask for over the page's socket, by name."""

    def __init__(self, world: World, links: Links, person: Person, uploads: Uploads) -> None:
        self._world = world
        self._links = links
        self._person = person
        self._uploads = uploads
        self._known: Mapping[str, Callable[[Payload], Awaitable[Payload]]] = {
            "open": self._open, "say": self._say, "type": self._type, "edit": self._edit, "delete": self._delete,
            "react": self._react, "slash": self._slash, "complete": self._complete, "menu": self._menu,
            "press": self._press, "select": self._select, "submit": self._submit,
        }  # fmt: skip

    async def perform(self, name: str, asked: Payload) -> Payload:
        """Do it and say what came of it."""
        if name not in self._known:
            raise ValueError(f"the page does not know {name!r}")
        return await self._known[name](asked)

    # Messages

    async def _open(self, asked: Payload) -> Payload:
        before = int(asked["before"]) if asked.get("before") else None
        return opened(self._world, self._links, self._person.user, asked["place"], before)

    async def _say(self, asked: Payload) -> Payload:
        files = [self._uploads.find(one) for one in strings(asked, "files")]
        reply_to = self._seen(asked["reply_to"]) if asked.get("reply_to") else None
        ping = bool(asked.get("ping", True))
        place = asked["place"]
        text = as_the_client_writes(self._world, self._world.channel(place, self._person.id), asked["text"])
        said = await self._person.say(place, text, attachments=files, reply_to=reply_to, ping=ping)
        return {"message": message_view(self._world, self._links, said.message, self._person.user)}

    async def _type(self, asked: Payload) -> Payload:
        await self._person.type(asked["place"])
        return {}

    async def _edit(self, asked: Payload) -> Payload:
        message = self._seen(asked["message"])
        channel = self._world.channels[message.message.channel_id]
        await self._person.edit(message, as_the_client_writes(self._world, channel, asked["text"]))
        return {}

    async def _delete(self, asked: Payload) -> Payload:
        await self._person.delete(self._seen(asked["message"]))
        return {}

    async def _react(self, asked: Payload) -> Payload:
        do = self._person.react if asked.get("on", True) else self._person.unreact
        await do(self._seen(asked["message"]), asked["emoji"])
        return {}

    # Commands

    async def _slash(self, asked: Payload) -> Payload:
        options = {name: self._value(value) for name, value in nested(asked, "options").items()}
        return _outcome(await self._person.command(asked["place"], asked["command"], options))

    async def _complete(self, asked: Payload) -> Payload:
        typed = " ".join([asked["command"], *(f"{one['name']}:{one['value']}" for one in listed(asked, "options"))])
        return {"choices": await self._person.complete(asked["place"], typed)}

    async def _menu(self, asked: Payload) -> Payload:
        return _outcome(await self._person.menu(self._seen(asked["message"]), asked["command"]))

    # Controls and forms

    async def _press(self, asked: Payload) -> Payload:
        return _outcome(await self._person.press(self._seen(asked["message"]), asked["custom_id"]))

    async def _select(self, asked: Payload) -> Payload:
        values = strings(asked, "values")
        return _outcome(await self._person.select(self._seen(asked["message"]), asked["custom_id"], values))

    async def _submit(self, asked: Payload) -> Payload:
        values = {name: self._field(value) for name, value in nested(asked, "values").items()}
        return _outcome(await self._person.submit(self._form(int(asked["form"])), values))

    # What the page's words mean

    def _value(self, value: Node) -> Value:
        return self._uploads.find(cast(Payload, value)["upload"]) if isinstance(value, dict) else value

    def _field(self, value: Node) -> FieldValue:
        if isinstance(value, dict):
            return [self._uploads.find(one) for one in strings(cast(Payload, value), "uploads")]
        return value

    def _seen(self, message_id: object) -> Seen:
        message = self._world.messages.get(int(str(message_id)))
        if message is None or message.deleted or not self._world.visible(message, self._person.id):
            raise ValueError(GONE)
        return Seen(self._world, self._links, message, self._person.id)

    def _form(self, interaction_id: int) -> Sent:
        opened_by = self._world.interactions.values()
        mine = (one for one in opened_by if one.id == interaction_id and one.person_id == self._person.id)
        if (found := next(mine, None)) is None:
            raise ValueError("That form is no longer open.")
        return Sent(self._world, self._links, found)


def _outcome(sent: Sent) -> Payload:
    """What the person's client learns at once: that nobody answered, or the form that opened."""
    form = sent.interaction.modal
    return {
        "failed": sent.failed, "answer": sent.answer,
        "form": form | {"form": str(sent.interaction.id)} if form else None,
    }  # fmt: skip
