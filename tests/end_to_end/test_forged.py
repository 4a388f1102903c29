"""Controls that nobody was ever shown: whatever their custom_ids say, nothing happens and one sentence says so."""

import sqlite3
from collections.abc import Callable

import pytest

from cogs._text import number36
from playground import Permission, Seen
from playground.component_rules import walk
from playground.interactions import open_interaction
from playground.sent import Sent
from playground.state import InteractionKind
from tests.end_to_end.running_bot import RunningBot, control, labels, until
from tests.end_to_end.test_reports import report

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]

SETTINGS = {"GENGA_TEST_FAULT": "slow"}
BUTTON, SELECT = 2, 3
TOO_LARGE = "9999999999999999999"  # 19 digits, and more than a row can hold
UNKNOWN = "I don't know that control any more."
FOR_ADMINS = "Only members who may manage this server"
FOR_MODERATORS = "Only moderators of this server"
TABLES = ("servers", "bars", "strikes", "reports", "agreements", "asked", "presets", "removals", "audit")


async def forged(bot: RunningBot, who: str, carrier: Seen, custom_id: str, values: list[str] | None = None) -> str:
    """The one sentence that somebody gets who sends this as if `carrier` had such a control."""
    sent = await forge(bot, who, carrier, custom_id, values)
    told = await sent.message()
    assert told.ephemeral and not labels(told) and len(sent.followups) <= 1, custom_id
    return told.content


async def forge(bot: RunningBot, who: str, carrier: Seen, custom_id: str, values: list[str] | None = None) -> Sent:
    """Send this as if `carrier` had such a control."""
    kind = BUTTON if values is None else SELECT
    [component, *_] = [each for _, each in walk(carrier.message.body.components) if each.get("type") == BUTTON]
    was = dict(component)
    component.clear()
    component.update({"type": kind, "custom_id": custom_id, "id": was.get("id", 1)})
    if kind == SELECT:
        component["options"] = [{"label": "x", "value": "x"}]
    else:
        component.update(style=2, label="x")
    channel = bot.world.channels[carrier.message.channel_id]
    data = {"custom_id": custom_id, "component_type": kind, **({"values": values} if values is not None else {})}
    interaction = open_interaction(
        bot.world, bot.world.person(who), channel, InteractionKind.COMPONENT, data,
        owners={"0": str(channel.server_id or 0)}, source=carrier.message,
    )  # fmt: skip
    sent = Sent(bot.world, bot.playground.links, interaction)
    await sent.settled()
    component.clear()
    component.update(was)
    return sent


def state(bot: RunningBot) -> list[tuple[object, ...]]:
    """Everything a control could change."""
    rows: list[sqlite3.Row] = []
    for table in TABLES:
        rows += bot.rows(f"SELECT * FROM {table}")
    rows += bot.rows("SELECT id, state FROM jobs") + bot.rows("SELECT id, deleted_at FROM pictures")
    return [tuple(row) for row in rows]


async def reported(bot: RunningBot, card: Seen, place: str) -> str:
    """The number of an open report about it."""
    await report(bot.person("Chika"), card, f"about {place}")
    told = "SELECT id FROM reports WHERE reason = ? AND entry_message_id IS NOT NULL"
    [row] = await until(lambda: bot.rows(told, f"about {place}"))
    return number36(row["id"])


async def test_a_control_that_is_none_does_nothing(bot: RunningBot) -> None:
    card = await bot.imagine("prompt:1girl, fountain")
    job = control(card, "report").split(":")[2]
    number = await reported(bot, card, "here")
    before = state(bot)
    for custom_id in (
        "v1g:nothing:where", "v1g:turn:nowhere", "v1g:adult:where", "v1g:block:where", "v1g:list:what",
        "v1g:limits:what",
        "v1g:adult:what:1:1", "v1g:", "v1m:hang:1", f"v1m:mute:{TOO_LARGE}", "v1m:mute:-1", "v1m:mute:",
        f"v1r:hang:{number}", f"v1r:keep:{number}", f"v1r:remove:{'z' * 40}", "v1p:everything", "v1p:rest",
        "v1p:rest:1",
        f"v1p:rest:{TOO_LARGE}:2", "v1p:export:5:2", "v1t:decline:1", f"v1t:accept:{'z' * 13}", f"v1:hang:{job}:0",
        f"v1:report:{'z' * 13}:0", f"v1:report:{job}:100", f"v1:report:{job}:-1", "v1zz:anything at all",
    ):  # fmt: skip
        assert (await forged(bot, "Mori", card, custom_id)).startswith(UNKNOWN), custom_id
    for custom_id, told in (
        ("v1g:adult:what", "**Not possible yet"),
        ("v1r:remove:zzzzzzzzzzzz", "That report is gone"),
        ("v1r:allow:0", "That report is gone"),
        (f"v1:report:{job}:99", "That picture has been deleted."),
        ("v1:report:zzzzzzzzzzzz:0", "That picture has been deleted."),
    ):
        assert (await forged(bot, "Mori", card, custom_id)).startswith(told), custom_id
    assert state(bot) == before


async def test_a_choice_that_was_never_offered_changes_nothing(bot: RunningBot) -> None:
    card = await bot.imagine("prompt:1girl, arch")
    bot.world.add_server("Faraway", "square", with_bot=True)
    foreign = str(bot.world.channel("Faraway#square").id)
    before = state(bot)
    for custom_id, values in (
        ("v1gs:member:moderation", [TOO_LARGE]), ("v1gs:member:moderation", []), ("v1gs:member:moderation", ["x"]),
        ("v1gs:member:moderation", ["²"]), ("v1gs:editing:where", ["everything"]), ("v1gs:editing:where", []),
        ("v1gs:channels:where", ["-1"]), ("v1gs:channels:where", [foreign] * 26),
        ("v1gs:models:what", ["no such model"]), ("v1gs:nothing:what", ["1"]), ("v1gs:channels:nowhere", ["1"]),
    ):  # fmt: skip
        assert (await forged(bot, "Mori", card, custom_id, values)).startswith(UNKNOWN), (custom_id, values)
    for key in ("channels:where", "log_channel:moderation", "roles:where", "private_roles:where", "upload_roles:where"):
        told = await forged(bot, "Mori", card, f"v1gs:{key}", [foreign])
        assert told.startswith("That channel or role is not in this server"), key
    assert state(bot) == before


async def test_without_the_permission_no_control_of_the_server_answers(bot: RunningBot) -> None:
    aiko = bot.person("Aiko")
    card = await bot.imagine("prompt:1girl, pond")
    number = await reported(bot, card, "there")
    before = state(bot)
    for custom_id in ("v1g:uploads:where", "v1g:turn:moderation", "v1g:block:moderation", "v1g:list:moderation"):
        assert (await forged(bot, "Chika", card, custom_id)).startswith(FOR_ADMINS)
    for custom_id, values in (
        ("v1gs:channels:where", []), ("v1gs:member:moderation", [str(aiko.id)]), ("v1gs:editing:where", ["all"]),
    ):  # fmt: skip
        assert (await forged(bot, "Chika", card, custom_id, values)).startswith(FOR_ADMINS)
    for verb in ("mute", "tame", "allow", "muteall", "tameall", "allowall"):
        assert (await forged(bot, "Chika", card, f"v1m:{verb}:{aiko.id}")).startswith(FOR_ADMINS[:33])
    for verb in ("remove", "mute", "allow", "keep", "hang"):
        assert (await forged(bot, "Chika", card, f"v1r:{verb}:{number}")).startswith(FOR_MODERATORS)
    assert (await forged(bot, "Chika", card, "v1p:appeal")).startswith("You may draw here like everybody")
    assert state(bot) == before


async def test_who_moderates_one_server_decides_nothing_in_another(bot: RunningBot) -> None:
    bot.world.add_server("Neighbours", "hall", with_bot=True)
    role = bot.world.add_role("Keepers", Permission.MANAGE_GUILD, Permission.MANAGE_MESSAGES)
    bot.world.give_role("Binh", role)
    aiko = bot.person("Aiko")
    theirs = await bot.imagine("prompt:1girl, theirs", place="Neighbours#hall")
    ours = await bot.imagine("prompt:1girl, ours")
    private = await bot.card(await aiko.slash("dm", "/imagine prompt:1girl, in private"))
    number = await reported(bot, theirs, "over there")
    job = control(private, "report").split(":")[2]
    before = state(bot)
    refusals: list[tuple[Seen, str, Callable[[str], bool]]] = [
        (ours, f"v1r:{verb}:{number}", lambda told: "người kiểm duyệt" in told) for verb in ("remove", "mute", "allow")
    ]
    refusals += [
        (theirs, "v1g:uploads:where", lambda told: "quản lý máy chủ" in told),
        (theirs, f"v1m:mute:{aiko.id}", lambda told: "quản lý máy chủ" in told),
        (ours, f"v1m:muteall:{aiko.id}", lambda told: "quản lý máy chủ" in told),
        # Somebody else's private picture, by its number.
        (ours, f"v1:report:{job}:0", lambda told: "đã bị xóa" in told),
        (ours, f"v1:info:{job}:0", lambda told: "đã bị xóa" in told),
    ]
    for carrier, custom_id, expected in refusals:
        told = await forged(bot, "Binh", carrier, custom_id)
        assert expected(told), (custom_id, told)
    assert state(bot) == before
    bot.world.give_role("Binh", role, on=False)


async def test_what_answers_in_its_own_message_never_does_so_in_a_card(bot: RunningBot) -> None:
    bot.world.add_person("Kumi")
    card = await bot.imagine("prompt:1girl, canal")
    terms = await (await bot.person("Kumi").slash("#gallery", "/imagine prompt:1girl, hers")).message()
    number = (terms.buttons[0].custom_id or "").split(":")[2]
    before, shown = state(bot), card.content
    for custom_id in ("v1p:really", "v1p:keep"):
        assert (await forged(bot, "Chika", card, custom_id)).startswith(UNKNOWN)
    assert (await forged(bot, "Chika", card, "v1t:accept:0")).startswith("Thank you!")
    assert state(bot) == before
    # Her own question, answered on somebody else's card: the card stays what and where it is.
    await forge(bot, "Kumi", card, f"v1t:accept:{number}")
    await until(lambda: not bot.open_jobs())
    assert card.content == shown and not card.deleted


async def test_nobody_takes_over_what_somebody_else_was_asked(bot: RunningBot) -> None:
    bot.world.add_person("Nori")
    card = await bot.imagine("prompt:1girl, tower")
    terms = await (await bot.person("Nori").slash("#gallery", "/imagine prompt:1girl, mine alone")).message()
    number = (terms.buttons[0].custom_id or "").split(":")[2]
    before = state(bot)
    told = await forged(bot, "Chika", card, f"v1t:accept:{number}")
    assert told.startswith("That question is for somebody else.")
    assert state(bot) == before
