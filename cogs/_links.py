"""Links to messages, as Discord's clients follow them."""


def message_link(server_id: int | None, channel_id: int, message_id: int) -> str:
    """The address of a message; `server_id` is None in direct messages."""
    return f"https://discord.com/channels/{server_id or '@me'}/{channel_id}/{message_id}"
