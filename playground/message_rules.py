"""What Discord accepts as a message: text, embeds and files."""

from playground.errors import ApiError, Form
from playground.json_types import Payload, listed, nested
from playground.state import Body, MessageFlag

EMBED_LIMITS = {"title": 256, "description": 4096}
NESTED_LIMITS = {("footer", "text"): 2048, ("author", "name"): 256}


def check_body(form: Form, body: Body) -> None:
    """Raise 50035 for what is wrong with text, embeds and (noted before) components, 50006 for nothing to show."""
    form.length("content", body.content, 2000)
    for index, attachment in enumerate(body.attachments):
        form.length(f"attachments.{index}.description", attachment.description, 1024)
    if body.flags & MessageFlag.V2:
        _check_no_classic_fields(form, body)
    check_embeds(form, body.embeds)
    shown = body.components if body.flags & MessageFlag.V2 else body.content or body.embeds or body.attachments
    form.check()
    if not shown and not body.flags & MessageFlag.LOADING:
        raise ApiError(50006)


def _check_no_classic_fields(form: Form, body: Body) -> None:
    for name, value in (("content", body.content), ("embeds", body.embeds)):
        if value:
            message = f"The '{name}' field cannot be used when using MessageFlags.IS_COMPONENTS_V2"
            form.wrong(name, "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2", message)


def check_embeds(form: Form, embeds: list[Payload]) -> None:
    """At most 10 with 6000 characters between them."""
    form.count("embeds", embeds, 10)
    total = 0
    for index, embed in enumerate(embeds):
        path = f"embeds.{index}"
        for key, most in EMBED_LIMITS.items():
            form.length(f"{path}.{key}", embed.get(key), most)
            total += len(embed.get(key) or "")
        for (outer, inner), most in NESTED_LIMITS.items():
            text = nested(embed, outer).get(inner)
            form.length(f"{path}.{outer}.{inner}", text, most)
            total += len(text or "")
        form.count(f"{path}.fields", listed(embed, "fields"), 25)
        for number, one in enumerate(listed(embed, "fields")):
            form.length(f"{path}.fields.{number}.name", one.get("name"), 256, least=1)
            form.length(f"{path}.fields.{number}.value", one.get("value"), 1024, least=1)
            total += len(one.get("name") or "") + len(one.get("value") or "")
    if total > 6000:
        form.wrong("embeds", "MAX_EMBED_SIZE_EXCEEDED", "Embed size exceeds maximum size of 6000")
