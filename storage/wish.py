"""A wish as JSON text: how people, presets and servers keep what they prefer."""

from pydantic import TypeAdapter

from inference.request import Wish, read

_codec: TypeAdapter[Wish] = TypeAdapter(Wish)


def to_json(wish: Wish) -> str:
    """Only what was said."""
    return _codec.dump_json(wish, exclude_none=True).decode()


def from_json(text: str) -> Wish:
    """The wish that `to_json` wrote; a field that no longer exists is passed over. Unreadable if it is none."""
    return read(_codec, text)
