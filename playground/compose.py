"""A request's JSON and files, together with what the message showed before -> what it shows now."""

import mimetypes
from copy import deepcopy

from playground.component_rules import check_message_components, walk
from playground.errors import ApiError, Form
from playground.json_types import Payload, Submission, Upload, listed, nested
from playground.message_rules import check_body
from playground.picture_size import picture_size
from playground.state import Attachment, Body, MessageFlag
from playground.world import World

SETTABLE = MessageFlag.SUPPRESS_EMBEDS | MessageFlag.EPHEMERAL | MessageFlag.SILENT | MessageFlag.V2


def store_file(world: World, channel_id: int, upload: Upload, *, ephemeral: bool = False) -> Attachment:
    """Keep an uploaded file; its type is guessed from its name, as clients send none. 40005 when it is too large."""
    if len(upload.data) > world.settings.file_limit_bytes:
        raise ApiError(40005)
    attachment = Attachment(
        id=world.new_id(), channel_id=channel_id, filename=upload.name, data=upload.data,
        content_type=mimetypes.guess_type(upload.name, strict=False)[0], size=picture_size(upload.data),
        description=upload.description, ephemeral=ephemeral,
    )  # fmt: skip
    world.attachments[attachment.id] = attachment
    return attachment


def compose(
    world: World, channel_id: int, sent: Submission, before: Body | None = None, *, ephemeral: bool = False
) -> Body:
    """The message body that results; raises what Discord would (30015, 40005, 50006, 50035)."""
    payload, old = sent.payload, before or Body()
    form = Form()
    flags = _flags(payload, before)
    body = Body(
        content=_text(form, payload["content"]) if "content" in payload else old.content,
        embeds=deepcopy(payload["embeds"] or []) if "embeds" in payload else deepcopy(old.embeds),
        components=deepcopy(payload["components"] or []) if "components" in payload else deepcopy(old.components),
        attachments=_attachments(world, channel_id, sent, before, ephemeral=ephemeral),
        flags=flags,
    )
    check_message_components(form, body.components, v2=bool(flags & MessageFlag.V2))
    _resolve_embeds(body)
    _resolve_components(form, body)
    check_body(form, body)
    number_components(body.components)
    return body


def _flags(payload: Payload, before: Body | None) -> MessageFlag:
    wanted = MessageFlag(int(payload.get("flags") or 0)) & SETTABLE
    if before is None:
        return wanted
    kept = before.flags & ~MessageFlag.LOADING & ~MessageFlag.SUPPRESS_EMBEDS
    # V2 can be put on by an edit but never taken off; whether a message is ephemeral was decided when it was made.
    return kept | (wanted & (MessageFlag.V2 | MessageFlag.SUPPRESS_EMBEDS))


def _text(form: Form, content: object) -> str:
    form.length("content", content, 2000)
    return content.strip() if isinstance(content, str) else ""


def _attachments(
    world: World, channel_id: int, sent: Submission, before: Body | None, *, ephemeral: bool
) -> list[Attachment]:
    """v10: `attachments` names every file kept and describes every new one; new files without it drop the old."""
    listed: list[Payload] | None = sent.payload.get("attachments")
    old = before.attachments if before else []
    if listed is None and not sent.files:
        return old if "attachments" not in sent.payload else []
    kept = [one for one in old if str(one.id) in {str(entry.get("id")) for entry in listed or []}]
    if len(kept) + len(sent.files) > 10:
        raise ApiError(30015)
    described = {str(entry.get("id")): entry for entry in listed or []}
    for attachment in kept:
        attachment.description = described[str(attachment.id)].get("description", attachment.description)
    new: list[Attachment] = []
    for number, upload in sorted(sent.files.items()):
        entry = described.get(str(number), {})
        named = Upload(entry.get("filename") or upload.name, upload.data, entry.get("description"))
        new.append(store_file(world, channel_id, named, ephemeral=ephemeral))
    return kept + new


def _resolve_embeds(body: Body) -> None:
    """Point "attachment://name" at the file; a picture that is not there is left out, as Discord does."""
    for embed in body.embeds:
        for key in ("image", "thumbnail"):
            url = str(nested(embed, key).get("url", ""))
            if url.startswith("attachment://"):
                found = _by_name(body, url)
                embed[key] = {"url": url, "attachment_id": str(found.id)} if found else {}
                if not found:
                    del embed[key]
        embed.setdefault("type", "rich")


def _resolve_components(form: Form, body: Body) -> None:
    for path, component in walk(body.components):
        for index, item in enumerate(listed(component, "items")):
            _resolve_media(form, body, f"{path}.items.{index}.media", item.get("media"))
        for key in ("media", "file"):
            if isinstance(component.get(key), dict):
                _resolve_media(form, body, f"{path}.{key}", component[key])
                if key == "file" and (found := _by_id(body, component[key])):
                    component["name"], component["size"] = found.filename, len(found.data)


def _resolve_media(form: Form, body: Body, path: str, media: Payload | None) -> None:
    """Tie a media item to the message's file; a link to one of our own files counts when the message holds it."""
    url = str((media or {}).get("url", ""))
    found = _by_name(body, url) if url.startswith("attachment://") else _by_link(body, url)
    if media is not None and found:
        media["attachment_id"] = str(found.id)
        return
    if media is not None:
        media.pop("attachment_id", None)
    if not url.startswith(("http://", "https://")):
        message = "The referenced attachment was not found in the uploaded files"
        form.wrong(f"{path}.url", "UNFURLED_MEDIA_ITEM_REFERENCED_ATTACHMENT_NOT_FOUND", message)


def _by_name(body: Body, url: str) -> Attachment | None:
    name = url.removeprefix("attachment://")
    return next((one for one in body.attachments if one.filename == name), None)


def _by_link(body: Body, url: str) -> Attachment | None:
    return next((one for one in body.attachments if f"/{one.channel_id}/{one.id}/" in url), None)


def _by_id(body: Body, media: Payload) -> Attachment | None:
    return next((one for one in body.attachments if str(one.id) == media.get("attachment_id")), None)


def number_components(components: list[Payload]) -> None:
    """Give every component the `id` that Discord assigns where the app named none, and say others' ids as it does."""
    taken = {component.get("id") for _, component in walk(components)}
    fresh = (number for number in range(1, 1000) if number not in taken)
    for _, component in walk(components):
        if not component.get("id"):
            component["id"] = next(fresh)
        for chosen in listed(component, "default_values"):
            chosen["id"] = str(chosen["id"])  # a page that read a number would round it
