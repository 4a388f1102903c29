"""Interactions from opening to the last followup: the 3 seconds, the 15 minutes and the answers each kind allows."""

import asyncio
import secrets

from playground import messages
from playground.changes import Change, Kind
from playground.component_rules import check_modal
from playground.compose import number_components
from playground.errors import ApiError, Form
from playground.json_types import Payload, Submission, listed, nested
from playground.permissions import Permission, permissions
from playground.state import Answer, Channel, Interaction, InteractionKind, Message, MessageFlag, User
from playground.world import World

NO_RESPONSE = "The application did not respond"
ALLOWED = {
    InteractionKind.COMMAND: (Answer.MESSAGE, Answer.DEFERRED, Answer.MODAL),
    InteractionKind.COMPONENT: (Answer.MESSAGE, Answer.DEFERRED, Answer.DEFERRED_UPDATE, Answer.UPDATE, Answer.MODAL),
    InteractionKind.AUTOCOMPLETE: (Answer.CHOICES,),
    InteractionKind.MODAL: (Answer.MESSAGE, Answer.DEFERRED, Answer.DEFERRED_UPDATE, Answer.UPDATE),
}


def open_interaction(
    world: World, person: User, channel: Channel, kind: InteractionKind, data: Payload, *, owners: dict[str, str],
    source: Message | None = None, command_name: str | None = None,
) -> Interaction:  # fmt: skip
    """Tell the bot that the person did something; the 3 seconds start now."""
    interaction = Interaction(
        id=world.new_id(), token=secrets.token_urlsafe(32), kind=kind, person_id=person.id, channel_id=channel.id,
        created=world.clock.now(), data=data, owners=owners, source=source, command_name=command_name,
    )  # fmt: skip
    world.interactions[interaction.token] = interaction
    world.announce(Change(kind=Kind.INTERACTION, channel=channel, interaction=interaction, person_id=person.id))
    world.later(_fail_when_late(world, interaction))
    return interaction


async def _fail_when_late(world: World, interaction: Interaction) -> None:
    deadline = asyncio.create_task(world.clock.sleep_until(interaction.created + world.settings.answer_within_s))
    answered = asyncio.create_task(interaction.settled.wait())
    try:
        await asyncio.wait([deadline, answered], return_when=asyncio.FIRST_COMPLETED)
    finally:
        deadline.cancel()
        answered.cancel()
    if interaction.answer is None:
        interaction.failed = NO_RESPONSE
        interaction.settled.set()
        world.announce(Change(kind=Kind.FAILED, interaction=interaction, person_id=interaction.person_id))


def callback(world: World, interaction_id: int, token: str, sent: Submission) -> Interaction:
    """The bot's first answer; 10062 when unknown or late, 40060 when there was one already."""
    interaction = world.interactions.get(token)
    late = interaction and world.clock.now() > interaction.created + world.settings.answer_within_s
    if interaction is None or interaction.id != interaction_id or (interaction.answer is None and late):
        raise ApiError(10062)
    if interaction.answer is not None:
        raise ApiError(40060)
    answer = _allowed_answer(interaction, sent.payload.get("type"))
    data = Submission(payload=nested(sent.payload, "data"), files=sent.files)
    match answer:
        case Answer.MESSAGE | Answer.DEFERRED:
            loading = answer is Answer.DEFERRED
            ephemeral = _ephemeral(world, interaction, data.payload)
            interaction.original = messages.post_for(world, interaction, data, ephemeral=ephemeral, loading=loading)
        case Answer.UPDATE | Answer.DEFERRED_UPDATE:
            interaction.original = interaction.source
            if answer is Answer.UPDATE and interaction.source:
                _alive(interaction.source)
                messages.revise(world, interaction.source, data)
        case Answer.CHOICES:
            interaction.choices = _choices(data.payload)
        case Answer.MODAL:
            form = Form()
            check_modal(form, data.payload)
            form.check()
            number_components(data.payload["components"])
            interaction.modal = data.payload
    interaction.answer = answer
    interaction.settled.set()
    world.announce(Change(kind=Kind.ANSWERED, interaction=interaction, person_id=interaction.person_id))
    return interaction


def _allowed_answer(interaction: Interaction, wanted: object) -> Answer:
    allowed = ALLOWED[interaction.kind]
    # A modal can change the message only when it was opened from one of its components.
    if interaction.kind is InteractionKind.MODAL and interaction.source is None:
        allowed = allowed[:2]
    if wanted in allowed:
        return Answer(wanted)
    form = Form()
    form.wrong("type", "BASE_TYPE_CHOICES", f"Value must be one of {tuple(int(one) for one in allowed)}.")
    form.check()
    raise AssertionError("check() raises")


def _ephemeral(world: World, interaction: Interaction, payload: Payload) -> bool:
    """As the bot asks; forced where a person brought the app along and may not use it aloud."""
    channel = messages.channel_of(world, interaction.channel_id)
    if interaction.user_install_only and channel.server_id is not None:
        if not permissions(world, interaction.person_id, channel) & Permission.USE_EXTERNAL_APPS:
            return True
    return bool(int(payload.get("flags") or 0) & MessageFlag.EPHEMERAL)


def _choices(data: Payload) -> list[Payload]:
    choices: list[Payload] = listed(data, "choices")
    form = Form()
    form.count("data.choices", choices, 25)
    for index, choice in enumerate(choices):
        form.length(f"data.choices.{index}.name", choice.get("name"), 100, least=1)
        if isinstance(choice.get("value"), str):
            form.length(f"data.choices.{index}.value", choice["value"], 100)
    form.check()
    return choices


def by_token(world: World, application_id: int, token: str) -> Interaction:
    """The interaction a webhook route speaks of: 10015 before its first answer, 50027 when its 15 minutes are over."""
    interaction = world.interactions.get(token)
    if interaction is None or application_id != world.bot.id:
        raise ApiError(10015)
    if world.clock.now() > interaction.created + world.settings.token_life_s:
        raise ApiError(50027)
    if interaction.answer is None:
        raise ApiError(10015)
    return interaction


def message_of(interaction: Interaction, message_id: str) -> Message:
    """The original answer ("@original") or a followup by id, or 10008."""
    own = [interaction.original, *interaction.followups]
    for message in own:
        wanted = (
            message is interaction.original if message_id == "@original" else message and str(message.id) == message_id
        )
        if message and wanted:
            return _alive(message)
    raise ApiError(10008)


def followup(world: World, interaction: Interaction, sent: Submission) -> Message:
    """Another message; right after a deferral it fills the "thinking..." message instead, as Discord still does."""
    if interaction.original and interaction.original.thinking and not interaction.original.deleted:
        return messages.revise(world, interaction.original, sent)
    if interaction.user_install_only and len(interaction.followups) >= 5:
        raise ApiError(40094)
    ephemeral = _ephemeral(world, interaction, sent.payload)
    message = messages.post_for(world, interaction, sent, ephemeral=ephemeral)
    interaction.followups.append(message)
    return message


def _alive(message: Message) -> Message:
    if message.deleted:
        raise ApiError(10008)
    return message
