"""A message as one person sees it: text, pictures and controls, always in the present state."""

from dataclasses import dataclass

from playground.cdn_links import Links
from playground.component_rules import FILE, GALLERY, TEXT, THUMBNAIL, walk
from playground.controls import Button, Select, buttons_of, selects_of
from playground.json_types import Payload, listed, nested
from playground.payloads import used_attachments, with_links
from playground.state import Attachment, Body, Message, MessageFlag
from playground.world import World


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A file a message shows."""

    name: str
    data: bytes
    url: str
    description: str | None
    spoiler: bool
    content_type: str | None
    width: int | None
    height: int | None

    @property
    def is_picture(self) -> bool:
        return (self.content_type or "").startswith("image/")


class Seen:
    """Every property reads the world anew, except in `revisions`, whose members are earlier states."""

    def __init__(self, world: World, links: Links, message: Message, viewer_id: int, body: Body | None = None) -> None:
        self._world = world
        self._links = links
        self._viewer_id = viewer_id
        self._body = body
        self.message = message
        self.id = message.id

    def __repr__(self) -> str:
        buttons = [button.label for button in self.buttons]
        return f"<Seen {self.id} in {self.place} by {self.author}: {self.content[:80]!r} {buttons}>"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Seen) and other.message is self.message and other._body is self._body

    def __hash__(self) -> int:
        return hash(self.id)

    @property
    def _shown(self) -> Body:
        return self._body or self.message.body

    # Text

    @property
    def texts(self) -> list[str]:
        """Everything to read, in order: the content, V2 texts, embeds."""
        body = self._shown
        texts = [body.content, *(str(c.get("content", "")) for _, c in walk(body.components) if c.get("type") == TEXT)]
        for embed in body.embeds:
            texts += [embed.get("title") or "", embed.get("description") or ""]
            texts += [f"{one.get('name')}: {one.get('value')}" for one in listed(embed, "fields")]
            texts.append(nested(embed, "footer").get("text") or "")
        return [text for text in texts if text]

    @property
    def content(self) -> str:
        return "\n".join(self.texts)

    @property
    def embeds(self) -> list[Payload]:
        return self._linked(self._shown.embeds)

    @property
    def components(self) -> list[Payload]:
        return self._linked(self._shown.components)

    def _linked(self, nodes: list[Payload]) -> list[Payload]:
        return with_links(self._links, self._shown, nodes)

    # Files

    @property
    def attachments(self) -> list[File]:
        """Every file that can be seen, in display order; in a V2 message only those a component shows."""
        body = self._shown
        by_id = {str(one.id): one for one in body.attachments}
        used = used_attachments(body.embeds)
        plain = [one for one in body.attachments if str(one.id) not in used] if not self.is_v2 else []
        files = [self._file(one, {}) for one in plain]
        for embed in body.embeds:
            files += [self._file(by_id[found], {}) for found in sorted(used_attachments(embed)) if found in by_id]
        for _, component in walk(body.components):
            for item in _media_items(component):
                media = item.get("media") or nested(item, "file")
                if attachment := by_id.get(media.get("attachment_id", "")):
                    files.append(self._file(attachment, item))
        return files

    @property
    def pictures(self) -> list[File]:
        return [one for one in self.attachments if one.is_picture]

    def _file(self, attachment: Attachment, item: Payload) -> File:
        width, height = attachment.size or (None, None)
        return File(
            name=attachment.filename, data=attachment.data, url=self._links.url(attachment),
            description=item.get("description") or attachment.description, width=width, height=height,
            spoiler=bool(item.get("spoiler")) or attachment.spoiler, content_type=attachment.content_type,
        )  # fmt: skip

    # Controls

    @property
    def buttons(self) -> list[Button]:
        return buttons_of(self._shown.components)

    @property
    def selects(self) -> list[Select]:
        return selects_of(self._shown.components)

    # Circumstances

    @property
    def is_v2(self) -> bool:
        return bool(self._shown.flags & MessageFlag.V2)

    @property
    def thinking(self) -> bool:
        return bool(self._shown.flags & MessageFlag.LOADING)

    @property
    def ephemeral(self) -> bool:
        return self.message.only_for is not None

    @property
    def deleted(self) -> bool:
        return self.message.deleted

    @property
    def edits(self) -> int:
        return len(self.message.past)

    @property
    def revisions(self) -> "list[Seen]":
        """Every earlier state, oldest first."""
        return [Seen(self._world, self._links, self.message, self._viewer_id, body) for body in self.message.past]

    @property
    def author(self) -> str:
        return self._world.users[self.message.author_id].name

    @property
    def place(self) -> str:
        channel = self._world.channels.get(self.message.channel_id)
        return self._world.place(channel) if channel else "(deleted channel)"

    @property
    def pinged(self) -> list[str]:
        """Names of the people, roles and "everyone" who were called."""
        mentions = self.message.mentions
        names = [self._world.users[one].name for one in mentions.users] + [f"role {one}" for one in mentions.roles]
        return names + (["everyone"] if mentions.everyone else [])

    @property
    def reactions(self) -> dict[str, list[str]]:
        return {emoji: [self._world.users[one].name for one in who] for emoji, who in self.message.reactions.items()}

    @property
    def reply_to(self) -> int | None:
        return self.message.reply_to[1] if self.message.reply_to else None

    @property
    def nonce(self) -> str | None:
        return self.message.nonce


def _media_items(component: Payload) -> list[Payload]:
    match component.get("type"):
        case kind if kind == GALLERY:
            return listed(component, "items")
        case kind if kind in (THUMBNAIL, FILE):
            return [component]
        case _:
            return []
