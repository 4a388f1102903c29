"""A message as plain data, for printing and comparing."""

from playground.json_types import Payload
from playground.seen import Seen


def transcript(seen: Seen) -> Payload:
    """What a script wants to know: text, file names, buttons; ready for json.dumps."""
    return {
        "id": str(seen.id),
        "place": seen.place,
        "author": seen.author,
        "content": seen.content,
        "attachments": [one.name for one in seen.attachments],
        "buttons": [
            {
                "label": one.label,
                "emoji": one.emoji,
                "custom_id": one.custom_id,
                "disabled": one.disabled,
                "url": one.url,
            }
            for one in seen.buttons
        ],
        "selects": [
            {"custom_id": one.custom_id, "placeholder": one.placeholder, "options": [o.label for o in one.options]}
            for one in seen.selects
        ],
        "ephemeral": seen.ephemeral,
        "thinking": seen.thinking,
        "deleted": seen.deleted,
        "edits": seen.edits,
    }
