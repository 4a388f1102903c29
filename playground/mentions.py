"""Who a message calls, given its text and its `allowed_mentions`."""

import re

from playground.component_rules import TEXT, walk
from playground.json_types import Payload, strings
from playground.permissions import Permission, may
from playground.state import Body, Channel, Mentions, Message
from playground.world import World

USER = re.compile(r"<@!?(\d+)>")
ROLE = re.compile(r"<@&(\d+)>")
CODE_OR_NAME = r"```[\s\S]*?```|`[^`\n]+`|(?<![\w@<])@(?P<name>{names})(?!\w)"
EVERYONE = re.compile(r"@(everyone|here)\b")
DEFAULT: Payload = {"parse": ["users", "roles", "everyone"], "replied_user": True}
FROM_INTERACTION: Payload = {"parse": ["users"]}


def mentions_of(
    world: World, channel: Channel, author_id: int, body: Body, allowed: Payload, target: Message | None = None
) -> Mentions:
    """The users, roles and everyone who are really pinged; the author of `target` for a reply that pings."""
    text = "\n".join(
        [body.content, *(c.get("content") or "" for _, c in walk(body.components) if c.get("type") == TEXT)]
    )
    parse = strings(allowed, "parse")
    users = [int(one) for one in USER.findall(text) if int(one) in world.users]
    if "users" not in parse:
        users = [one for one in users if str(one) in strings(allowed, "users")]
    roles = [int(one) for one in ROLE.findall(text)]
    if "roles" not in parse:
        roles = [one for one in roles if str(one) in strings(allowed, "roles")]
    everyone = "everyone" in parse and bool(EVERYONE.search(text))
    everyone = everyone and may(world, author_id, channel, Permission.MENTION_EVERYONE)
    if target and target.author_id != author_id and allowed.get("replied_user") and _reply_pings(world, target):
        users.append(target.author_id)
    return Mentions(users=list(dict.fromkeys(users)), roles=list(dict.fromkeys(roles)), everyone=everyone)


def _reply_pings(world: World, target: Message) -> bool:
    return target.interaction is None or world.settings.interaction_replies_ping


def as_the_client_writes(world: World, channel: Channel, text: str) -> str:
    """What somebody typed with every `@Name` of a member, in any case, as the mention that Discord's client sends.

    Code stays as it is.
    """
    ids = {one.name.casefold(): one.id for one in world.members(channel)}
    names = "|".join(re.escape(name) for name in sorted(ids, key=len, reverse=True))

    def mention(found: re.Match[str]) -> str:
        called = ids.get((found["name"] or "").casefold())
        return f"<@{called}>" if called else found[0]

    return re.sub(CODE_OR_NAME.format(names=names), mention, text, flags=re.IGNORECASE) if ids else text
