"""Option values, checked as Discord's client checks them, and what they refer to resolved for the payload."""

from collections.abc import Mapping
from pathlib import Path

from playground.cdn_links import Links
from playground.compose import store_file
from playground.errors import ApiError
from playground.json_types import Payload, Upload, nested, number
from playground.payloads import attachment_json, channel_json, member_json, role_json, user_json
from playground.settings import MIB
from playground.state import Attachment, Channel, User
from playground.world import World

STRING, INTEGER, BOOLEAN, USER, CHANNEL, ROLE, MENTIONABLE, NUMBER, ATTACHMENT = 3, 4, 5, 6, 7, 8, 9, 10, 11
Value = str | int | float | bool | Upload
Files = Mapping[str, bytes | Path]


class Resolved:
    """Collects `data.resolved` while values are converted."""

    def __init__(self, world: World, links: Links, person: User, channel: Channel) -> None:
        self._world = world
        self._links = links
        self._person = person
        self._channel = channel
        self.payload: Payload = {}

    def upload(self, upload: Upload) -> str:
        """Upload a file as the person would; its id. ValueError when it is larger than Discord lets them send."""
        try:
            attachment: Attachment = store_file(self._world, self._channel.id, upload, ephemeral=True)
        except ApiError:
            limit = self._world.settings.file_limit_bytes / MIB
            raise ValueError(f"{upload.name} is too large to upload: Discord takes {limit:g} MiB at most") from None
        self.payload.setdefault("attachments", {})[str(attachment.id)] = attachment_json(self._links, attachment)
        return str(attachment.id)

    def user(self, name: str) -> str:
        user = self._world.person(name.strip().removeprefix("@"))
        self.payload.setdefault("users", {})[str(user.id)] = user_json(user)
        if self._channel.server_id is not None:
            member = member_json(self._world.servers[self._channel.server_id], user, with_user=False)
            self.payload.setdefault("members", {})[str(user.id)] = member | {"permissions": "0"}
        return str(user.id)

    def channel(self, place: str) -> str:
        channel = self._world.channel(place, self._person.id)
        self.payload.setdefault("channels", {})[str(channel.id)] = channel_json(self._world, channel, self._person.id)
        return str(channel.id)

    def role(self, name: str) -> str:
        server = self._world.servers[self._channel.server_id or 0]
        role = next(
            (one for one in server.roles.values() if one.name.removeprefix("@") == name.removeprefix("@")), None
        )
        if role is None:
            raise ValueError(f"there is no role {name!r}")
        self.payload.setdefault("roles", {})[str(role.id)] = role_json(role)
        return str(role.id)


def option_payloads(
    specs: list[Payload], values: Mapping[str, Value], resolved: Resolved, files: Files | None
) -> list[Payload]:
    """The `options` of a command that is sent; ValueError for what Discord's client would not send."""
    known = {spec["name"] for spec in specs}
    for name in values:
        if name not in known:
            raise ValueError(f"there is no option {name!r}; options: {', '.join(sorted(known)) or 'none'}")
    for spec in specs:
        if spec.get("required") and spec["name"] not in values:
            raise ValueError(f"{spec['name']} is required")
    by_name = {spec["name"]: spec for spec in specs}
    return [
        {"name": name, "type": by_name[name]["type"], "value": convert(by_name[name], value, resolved, files)}
        for name, value in values.items()
    ]


def convert(spec: Payload, value: Value, resolved: Resolved, files: Files | None) -> str | int | float | bool:
    """One value in the option's type, within its limits and choices."""
    kind, name = spec["type"], spec["name"]
    if kind == ATTACHMENT:
        return resolved.upload(_upload(name, value, files))
    if isinstance(value, Upload):
        raise ValueError(f"{name} takes no file")
    if spec.get("choices"):
        return _choice(spec, value)
    match kind:
        case 3:
            return _text(spec, str(value))
        case 4 | 10:
            return _number(spec, value, whole=kind == INTEGER)
        case 5:
            return _truth(name, value)
        case 6 | 9:
            return resolved.user(str(value))
        case 7:
            return resolved.channel(str(value))
        case 8:
            return resolved.role(str(value))
        case _:
            raise ValueError(f"{name} is of an unknown type {kind}")


def _upload(name: str, value: Value, files: Files | None) -> Upload:
    if isinstance(value, Upload):
        return value
    path = str(value).removeprefix("@").strip()
    source = (files or {}).get(path, Path(path).expanduser())
    if isinstance(source, bytes):
        return Upload(Path(path).name, source)
    if not source.is_file():
        what = "is a folder" if source.is_dir() else "is no plain file" if source.exists() else None
        raise ValueError(f"{name}: {path!r} {what}" if what else f"{name}: there is no file {path!r}")
    return Upload(source.name, source.read_bytes())


def _choice(spec: Payload, value: Value) -> str | int | float:
    for choice in spec["choices"]:
        localized = nested(choice, "name_localizations").values()
        if str(value) in (str(choice["value"]), choice["name"], *localized):
            return choice["value"]
    names = ", ".join(choice["name"] for choice in spec["choices"])
    raise ValueError(f"{spec['name']}: {value!r} is not a choice; choices: {names}")


def _text(spec: Payload, value: str) -> str:
    least, most = spec.get("min_length") or 0, spec.get("max_length") or 6000
    if not least <= len(value) <= most or not value.strip():
        raise ValueError(f"{spec['name']} takes {max(least, 1)} to {most} characters, not {len(value)}")
    return value


def _number(spec: Payload, value: Value, *, whole: bool) -> int | float:
    try:
        given = int(str(value)) if whole else float(str(value))
    except ValueError:
        raise ValueError(f"{spec['name']} takes a {'whole ' if whole else ''}number, not {value!r}") from None
    least, most = number(spec, "min_value", -(2**53)), number(spec, "max_value", 2**53)
    if not least <= given <= most:
        raise ValueError(f"{spec['name']} takes {least} to {most}, not {given}")
    return given


def _truth(name: str, value: Value) -> bool:
    if str(value).lower() not in ("true", "false"):
        raise ValueError(f"{name} takes True or False, not {value!r}")
    return str(value).lower() == "true"
