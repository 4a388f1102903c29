"""A person at Discord's client: what they can type, press and see, and nothing else."""

import asyncio
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager

from playground import messages
from playground.cdn_links import Links
from playground.changes import Change, Kind
from playground.command_rules import MESSAGE_MENU
from playground.commands import offered, owners_for
from playground.component_rules import BUTTON, CHANNEL_SELECT
from playground.controls import choose, usable_button, usable_select
from playground.errors import ApiError
from playground.interactions import open_interaction
from playground.json_types import Payload, Submission, Upload, nested
from playground.modals import FieldValue
from playground.options import Files, Resolved, Value, option_payloads
from playground.payloads import message_json
from playground.permissions import Permission, may
from playground.seen import Seen
from playground.sent import DidNotRespond, Sent
from playground.state import Channel, InteractionKind, Message, User
from playground.transcript import transcript
from playground.typed import Typed, parse
from playground.world import World

READING_A_FORM_S = 0.2


class Person:
    """See the package's docstring for a tour. Actions raise ValueError where the client would not let them happen."""

    def __init__(self, world: World, links: Links, user: User) -> None:
        self._world = world
        self._links = links
        self.user = user
        self.id = user.id
        self.name = user.name

    @property
    def locale(self) -> str:
        return self.user.locale

    # Seeing

    def sees(self, place: str) -> list[Seen]:
        """The messages there that this person can see, oldest first."""
        channel = self._channel(place)
        return [self._seen(one) for one in self._world.history(channel) if self._world.visible(one, self.id)]

    async def wait_for(self, place: str, until: Callable[[Seen], object], timeout_s: float = 30) -> Seen:
        """The newest message there for which `until(message)` is true; TimeoutError with what there was instead."""

        def ready() -> Seen | None:
            return next((one for one in reversed(self.sees(place)) if until(one)), None)

        try:
            return await self._world.until(ready, timeout_s)
        except TimeoutError:
            last = [transcript(one) for one in self.sees(place)[-3:]]
            raise TimeoutError(f"not within {timeout_s:g} s; the last messages: {last}") from None

    @contextmanager
    def watching(self) -> Generator[asyncio.Queue[Change], None, None]:
        """A queue that receives what changes before this person's eyes, as it happens, until the block ends."""
        queue: asyncio.Queue[Change] = asyncio.Queue()

        def note(change: Change) -> None:
            if self._notices(change):
                queue.put_nowait(change)

        self._world.listeners.append(note)
        try:
            yield queue
        finally:
            self._world.listeners.remove(note)

    def _notices(self, change: Change) -> bool:
        if change.kind in (Kind.ANSWERED, Kind.FAILED, Kind.INTERACTION):
            return change.person_id == self.id
        if change.message is not None:
            return self._world.visible(change.message, self.id)
        return change.channel is None or may(self._world, self.id, change.channel, Permission.VIEW_CHANNEL)

    def commands(self, place: str) -> list[Payload]:
        """The slash commands Discord would offer there."""
        return offered(self._world, self.user, self._channel(place))

    # Commands

    async def slash(
        self, place: str, typed: str, *, attachments: Files | None = None, wait: bool = True, **options: Value
    ) -> Sent:
        """Send a slash command, typed in full ("/imagine prompt:...") or by name with `options`."""
        return await self.command(place, typed, options, attachments=attachments, wait=wait)

    async def command(
        self, place: str, typed: str, options: Mapping[str, Value], *, attachments: Files | None = None,
        wait: bool = True,
    ) -> Sent:  # fmt: skip
        """The same as `slash`, for options of any name."""
        channel = self._channel(place)
        call = parse(typed, self.commands(place), self.locale)
        resolved = self._resolved(channel)
        values: dict[str, Value] = {**call.values, **options}
        data = _command_data(call, option_payloads(call.options, values, resolved, attachments), resolved)
        return await self._command(channel, InteractionKind.COMMAND, call.command, data, wait=wait)

    async def complete(self, place: str, typed: str, *, timeout_s: float = 20) -> list[Payload]:
        """The choices ({"name", "value"}) the bot suggests for the last option typed; ValueError if it has none."""
        channel = self._channel(place)
        call = parse(typed, self.commands(place), self.locale)
        focused = list(call.values)[-1] if call.values else None
        spec = next((one for one in call.options if one["name"] == focused), None)
        if spec is None or not spec.get("autocomplete"):
            raise ValueError(f"{focused!r} does not complete what is typed")
        # While somebody is still typing nothing is checked yet: every value goes out as it stands.
        by_name = {one["name"]: one for one in call.options}
        filled: list[Payload] = [
            {"name": name, "type": by_name[name]["type"], "value": value}
            | ({"focused": True} if name == focused else {})
            for name, value in call.values.items()
        ]
        data = _command_data(call, filled, self._resolved(channel))
        sent = await self._command(channel, InteractionKind.AUTOCOMPLETE, call.command, data, wait=False)
        async with asyncio.timeout(timeout_s):
            await sent.settled()
        if sent.failed:
            raise DidNotRespond(sent.failed)
        return sent.interaction.choices

    async def menu(self, message: Seen, command: str, *, wait: bool = True) -> Sent:
        """Choose an app's command in the message's context menu."""
        channel = self._channel_of(message)
        known = offered(self._world, self.user, channel, MESSAGE_MENU)
        found = next(
            (one for one in known if command in (one["name"], nested(one, "name_localizations").get(self.locale))), None
        )
        if found is None:
            raise ValueError(
                f"the menu has no {command!r}; it has: {', '.join(one['name'] for one in known) or 'nothing'}"
            )
        target = message_json(self._world, self._links, message.message)
        data: Payload = {
            "id": found["id"], "name": found["name"], "type": MESSAGE_MENU, "target_id": str(message.id),
            "resolved": {"messages": {str(message.id): target}},
        }  # fmt: skip
        return await self._command(channel, InteractionKind.COMMAND, found, data, wait=wait)

    async def _command(
        self, channel: Channel, kind: InteractionKind, command: Payload, data: Payload, *, wait: bool
    ) -> Sent:
        if "guild_id" in command:
            data["guild_id"] = command["guild_id"]
        owners = owners_for(self._world, self.user, channel, command["integration_types"])
        return await self._open(channel, kind, data, owners=owners, command_name=command["name"], wait=wait)

    # Components and forms

    async def press(self, message: Seen, button: str, *, wait: bool = True) -> Sent:
        """Press a button, named by its label or custom_id."""
        self._check_there(message)
        found = usable_button(message.buttons, button)
        data: Payload = {"custom_id": found.custom_id, "component_type": BUTTON}
        return await self._component(message, data, wait=wait)

    async def select(self, message: Seen, select: str, values: Sequence[str], *, wait: bool = True) -> Sent:
        """Choose in a select, named by custom_id, placeholder or an option; values by label, value or name."""
        self._check_there(message)
        found = usable_select(message.selects, select, len(values))
        here = self._channel_of(message)
        resolved = self._resolved(here)
        if found.kind == CHANNEL_SELECT:
            self._check_channels(here, values, found.channel_types)
        convert = {5: resolved.user, 6: resolved.role, 7: resolved.user, 8: resolved.channel}.get(found.kind)
        chosen = [convert(one) if convert else choose(found.options, one, select) for one in values]
        data: Payload = {"custom_id": found.custom_id, "component_type": found.kind, "values": chosen}
        if resolved.payload:
            data["resolved"] = resolved.payload
        return await self._component(message, data, wait=wait)

    def _check_channels(self, here: Channel, places: Sequence[str], kinds: Sequence[int]) -> None:
        """Discord's client offers the channels of the server one is in, of the kinds the select names."""
        for channel in (self._channel(place) for place in places):
            if channel.server_id != here.server_id or (kinds and int(channel.kind) not in kinds):
                raise ValueError(f"{self._world.place(channel)} is not offered there")

    async def submit(self, form: Sent, values: Mapping[str, FieldValue], *, wait: bool = True) -> Sent:
        """Send the form that `form` opened; fields not named in `values` keep what the bot put there."""
        # discord.py listens for a form only once Discord has confirmed that it opened; nobody types faster than that.
        await asyncio.sleep(READING_A_FORM_S)
        opened = form.interaction
        channel = messages.channel_of(self._world, opened.channel_id)
        data = form.modal.filled(values, self._resolved(channel))
        return await self._open(
            channel, InteractionKind.MODAL, data, owners=opened.owners, source=opened.source, wait=wait
        )

    async def _component(self, message: Seen, data: Payload, *, wait: bool) -> Sent:
        channel = self._channel_of(message)
        origin = message.message.interaction
        here = {"0": str(channel.server_id or 0)} if self._world.bot_is_in(channel) else {}
        owners = origin.owners if origin else here
        return await self._open(
            channel, InteractionKind.COMPONENT, data, owners=owners, source=message.message, wait=wait
        )

    async def _open(
        self, channel: Channel, kind: InteractionKind, data: Payload, *, owners: dict[str, str], wait: bool,
        source: Message | None = None, command_name: str | None = None,
    ) -> Sent:  # fmt: skip
        interaction = open_interaction(
            self._world, self.user, channel, kind, data, owners=owners, source=source, command_name=command_name
        )
        sent = Sent(self._world, self._links, interaction)
        if wait:
            await sent.settled()
        return sent

    # Messages and reactions

    async def say(
        self,
        place: str,
        text: str = "",
        *,
        attachments: Sequence[Upload] = (),
        reply_to: Seen | None = None,
        ping: bool = True,
    ) -> Seen:
        """Write a message; `ping=False` replies without calling the author."""
        payload: Payload = {
            "content": text,
            "attachments": [{"id": n, "filename": a.name} for n, a in enumerate(attachments)],
        }
        payload["allowed_mentions"] = {"parse": ["users", "roles", "everyone"], "replied_user": ping}
        if reply_to is not None:
            payload["message_reference"] = {"message_id": str(reply_to.id)}
        sent = Submission(payload=payload, files=dict(enumerate(attachments)))
        with _as_the_client_says():
            return self._seen(messages.post(self._world, self._channel(place), self.id, sent))

    async def type(self, place: str) -> None:
        """Begin to type."""
        self._world.announce(Change(kind=Kind.TYPING, channel=self._channel(place), person_id=self.id))

    async def edit(self, message: Seen, text: str) -> None:
        """Change the text of an own message."""
        if message.message.author_id != self.id:
            raise ValueError(f"{message} is not {self.name}'s")
        with _as_the_client_says():
            messages.revise(self._world, message.message, Submission(payload={"content": text}, files={}))

    async def delete(self, message: Seen) -> None:
        """Delete an own message or, with Manage Messages, anybody's; an ephemeral one is dismissed."""
        self._check_there(message)
        channel = self._channel_of(message)
        allowed = message.ephemeral or message.message.author_id == self.id
        if not allowed and not may(self._world, self.id, channel, Permission.MANAGE_MESSAGES):
            raise ValueError(f"{message} is not {self.name}'s")
        messages.remove(self._world, message.message)

    async def react(self, message: Seen, emoji: str) -> None:
        self._check_there(message)
        messages.react(self._world, message.message, self.id, emoji)

    async def unreact(self, message: Seen, emoji: str) -> None:
        messages.react(self._world, message.message, self.id, emoji, on=False)

    # Places

    def _channel(self, place: str) -> Channel:
        return self._world.channel(place, self.id)

    def _channel_of(self, message: Seen) -> Channel:
        return messages.channel_of(self._world, message.message.channel_id)

    def _resolved(self, channel: Channel) -> Resolved:
        return Resolved(self._world, self._links, self.user, channel)

    def _seen(self, message: Message) -> Seen:
        return Seen(self._world, self._links, message, self.id)

    def _check_there(self, message: Seen) -> None:
        if message.deleted or not self._world.visible(message.message, self.id):
            raise ValueError(f"{self.name} cannot see {message}")


@contextmanager
def _as_the_client_says() -> Generator[None, None, None]:
    """What the server refuses a person is an error of the person's, not of the bot's."""
    try:
        yield
    except ApiError as error:
        raise ValueError(str(error)) from None


def _command_data(call: Typed, options: list[Payload], resolved: Resolved) -> Payload:
    """`data` of a slash command; subcommands wrap the options from the inside out."""
    for level in reversed(call.path):
        options = [{"name": level["name"], "type": level["type"], "options": options}]
    data: Payload = {"id": call.command["id"], "name": call.command["name"], "type": 1, "options": options}
    return data | ({"resolved": resolved.payload} if resolved.payload else {})
