"""A small Discord on loopback: REST API v10, gateway and CDN for an unmodified bot, and people who use it.

The bot connects over real sockets (`GENGA_DISCORD__API_URL=playground.api_url`, any non-empty token); people are
driven from Python, in the process that runs the playground:

    from playground import Permission, Playground, Upload

    async with Playground(port=0) as playground:              # .api_url == "http://127.0.0.1:PORT/api/v10"
        ...                                                   # start the bot here: a task or its own process
        await playground.wait_for_bot(timeout_s=30)           # connected, and its commands are synced
        aiko, binh = playground.person("Aiko"), playground.person("Binh")

        sent = await aiko.slash("#gallery", "/imagine prompt:1girl, blue hair seed:7 image:@in.png",
                                attachments={"in.png": png})  # without `attachments`, @in.png is a file on disk
        card = await sent.message(until=lambda m: m.pictures, timeout_s=60)
        print(card.content, card.pictures[0].name, len(card.pictures[0].data), [b.label for b in card.buttons])

        sent = await aiko.press(card, "Reroll")               # a button's label (without emoji) or custom_id
        form = await aiko.press(card, "Edit")                 # form.modal.fields: what the bot pre-filled
        await aiko.submit(form, {"prompt": "1girl, red hair"})
        info = await (await binh.menu(card, "Info")).message()
        assert info.ephemeral and info.id not in [m.id for m in aiko.sees("#gallery")]

        playground.world.set_nsfw("#after-dark", False)
        playground.world.deny("#gallery", Permission.ATTACH_FILES)
        playground.world.clock.advance(15 * 60)               # tokens are dead now
        playground.world.faults.add("POST", r"/channels/\\d+/messages", status=502, after=True)

**Places** are named "#gallery", "#sketches", "#after-dark" (age-restricted), "#gallery > ideas", "#after-dark > night"
(threads), "dm" (the person's own DM with the bot), "dm:Binh" (a private chat between two people, bot absent), and
"Elsewhere#plaza" (after `world.add_server("Elsewhere", "plaza")`: a server the bot is not in). People: "Aiko" (en-US),
"Binh" (vi), neither an administrator, and "Mori", the owner.

**Person** (`playground.person(name)`): every action returns `Sent` once the bot has answered or 3 seconds have passed
    slash(place, typed_or_name, *, attachments=None, wait=True, **options) -> Sent
    complete(place, typed) -> list[{"name", "value"}]         # autocomplete of the last option typed
    press(message, label_or_custom_id, *, wait=True) -> Sent
    select(message, custom_id_or_placeholder_or_label, values, *, wait=True) -> Sent
    menu(message, command_name, *, wait=True) -> Sent         # message context menu
    submit(form, values, *, wait=True) -> Sent                # keys: custom_id or label; Upload(s) for file fields
    say(place, text, *, attachments=(), reply_to=None, ping=True) -> Seen
    react(message, emoji) / unreact(message, emoji)
    edit(message, text); delete(message)                      # own ones; moderators delete any; ephemerals go
    type(place)                                               # begin to type
    sees(place) -> list[Seen]                                 # oldest first; own ephemerals included, no one else's
    wait_for(place, until, timeout_s=30) -> Seen              # the newest message for which until(message) is true
    commands(place) -> list of the commands Discord would offer there
    with watching() as queue: change = await queue.get()      # live stream of what changes before this person's eyes
    id, name, locale
A ValueError says what Discord's own client would not have let the person do (unknown option, disabled button, ...).

**Sent**: answer ("message" "deferred" "update" "deferred_update" "modal" or None), failed ("The application did not
    respond" or None), modal (Modal: custom_id, title, fields[custom_id label description kind required value options]),
    await message(until=None, timeout_s=30) -> Seen           # default: until the "thinking..." is replaced
    shown -> Seen | None (the original answer now); followups -> list[Seen]; interaction (the server's record)
    DidNotRespond is raised by message() and complete() when the 3 seconds passed.

**Seen** (always the present state, as that person sees it): id, content (plain text, V2 texts included), texts, embeds,
    components, attachments, pictures (File: name, data, url, description, spoiler, content_type, width, height),
    buttons (Button: label, custom_id, disabled, style, emoji, url), selects (Select: custom_id, placeholder, options,
    disabled), ephemeral, thinking, deleted, edits, revisions (earlier states, each a Seen), pinged (names),
    reactions, reply_to, author, place, nonce, is_v2.  `playground.transcript.transcript(seen)` -> JSON-able dict.

**World** (`playground.world`): clock.advance(seconds); settings (see `settings.py`); set_nsfw(place, on);
    delete_channel(place); deny / allow(place, Permission..., who=None: the bot or a person's name); block_dms(name);
    add_server(name, *channels, with_bot=False); invite_bot(server); remove_bot(server="Atelier"); install_for(name);
    add_thread(place, name); archive(place, locked=False); add_person(name, locale=); message(id); channel(place);
    until(ready, timeout_s): what `ready()` gives as soon as it is not None, asked again at every change;
    faults.add(method, path_regex, status=, after=, times=, retry_after=, code=, drop=, delay_s=); presence; commands.
**Playground**: requests (method, path, status of every REST call), gateway.reconnect() / .invalidate(resumable) /
    .drop(code), bot_online, api_url, url.
"""

from playground.json_types import Upload
from playground.permissions import Permission
from playground.seen import Seen
from playground.sent import DidNotRespond, Sent
from playground.server import Playground
from playground.settings import Settings
from playground.transcript import transcript

__all__ = ["DidNotRespond", "Permission", "Playground", "Seen", "Sent", "Settings", "Upload", "transcript"]
