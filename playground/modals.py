"""An opened modal as a person sees it, and what its client sends when it is filled in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from playground.component_rules import CHECKBOX, CHECKBOXES, FILE_UPLOAD, LABEL, RADIO, ROW, TEXT_INPUT
from playground.controls import Option, choose, options_of
from playground.json_types import Payload, Upload, number
from playground.options import Resolved

KINDS = {TEXT_INPUT: "text", FILE_UPLOAD: "files", RADIO: "radio", CHECKBOXES: "checkboxes", CHECKBOX: "checkbox"}
FieldValue = str | bool | Upload | Sequence[str] | Sequence[Upload]


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One thing to fill in; `value` is what the bot put there: text, chosen values, or a tick."""

    custom_id: str
    kind: str
    """text, select, radio, checkboxes, checkbox or files."""
    label: str
    description: str | None
    required: bool
    value: str | bool | tuple[str, ...] | None
    options: tuple[Option, ...]
    component: Payload


class Modal:
    def __init__(self, payload: Payload) -> None:
        self._payload = payload
        self.custom_id: str = payload["custom_id"]
        self.title: str = payload["title"]
        self.fields = [field for one in payload["components"] for field in _fields(one)]

    def __repr__(self) -> str:
        return f"<Modal {self.title!r} {[field.custom_id for field in self.fields]}>"

    def field(self, name: str) -> Field:
        """By custom_id or label; ValueError names those there are."""
        for field in self.fields:
            if name in (field.custom_id, field.label):
                return field
        raise ValueError(f"{self.title!r} has no field {name!r}; fields: {', '.join(f.custom_id for f in self.fields)}")

    def filled(self, values: Mapping[str, FieldValue], resolved: Resolved) -> Payload:
        """`data` of the submission; fields not named keep what the bot put there."""
        given = {self.field(name).custom_id: value for name, value in values.items()}
        answers = {field.custom_id: _answer(field, given.get(field.custom_id), resolved) for field in self.fields}
        components = [_sent(one, answers) for one in self._payload["components"]]
        data: Payload = {"custom_id": self.custom_id, "components": components}
        return data | ({"resolved": resolved.payload} if resolved.payload else {})


def _fields(component: Payload) -> list[Field]:
    if component["type"] == LABEL:
        inner = component["component"]
        return [_field(inner, component["label"], component.get("description"))]
    if component["type"] == ROW:
        return [_field(inner, inner.get("label") or "", None) for inner in component["components"]]
    return []


def _field(component: Payload, label: str, description: str | None) -> Field:
    kind = KINDS.get(component["type"], "select")
    options = options_of(component)
    chosen = tuple(one.value for one in options if one.default)
    value: str | bool | tuple[str, ...] | None = chosen
    if kind == "text":
        value = component.get("value") or ""
    elif kind == "checkbox":
        value = bool(component.get("default"))
    elif kind == "radio":
        value = chosen[0] if chosen else None
    return Field(
        custom_id=component["custom_id"], kind=kind, label=label, description=description, options=options, value=value,
        required=component.get("required", component["type"] != CHECKBOX), component=component,
    )  # fmt: skip


def _answer(field: Field, given: FieldValue | None, resolved: Resolved) -> Payload:
    """The part of the submission that tells what is in the field."""
    match field.kind:
        case "text":
            return {"value": _text(field, str(field.value if given is None else given))}
        case "checkbox":
            return {"value": bool(field.value if given is None else given)}
        case "radio":
            chosen = _chosen(field, [str(given)] if given is not None else [str(field.value)] if field.value else [])
            return {"value": chosen[0] if chosen else None}
        case "files":
            return {"values": [resolved.upload(one) for one in _uploads(field, given)]}
        case _:
            default = [str(one) for one in field.value] if isinstance(field.value, tuple) else []
            return {"values": _selected(field, default if given is None else _strings(given), resolved)}


def _text(field: Field, text: str) -> str:
    least, most = field.component.get("min_length") or 0, field.component.get("max_length") or 4000
    if (field.required and not text) or (text and len(text) < least) or len(text) > most:
        raise ValueError(
            f"{field.label or field.custom_id} takes {max(least, int(field.required))} to {most} characters"
        )
    return text


def _selected(field: Field, wanted: list[str], resolved: Resolved) -> list[str]:
    match field.component["type"]:
        case 5 | 7:
            return [resolved.user(one) for one in wanted]
        case 6:
            return [resolved.role(one) for one in wanted]
        case 8:
            return [resolved.channel(one) for one in wanted]
        case _:
            return _chosen(field, wanted)


def _chosen(field: Field, wanted: list[str]) -> list[str]:
    values = [choose(field.options, one, field.label) for one in wanted]
    least = number(field.component, "min_values", 1) if field.required else 0
    most = number(field.component, "max_values", len(field.options) if field.kind == "checkboxes" else 1)
    if not least <= len(values) <= most:
        raise ValueError(f"{field.label or field.custom_id} takes {least} to {most} choices")
    return values


def _strings(given: FieldValue) -> list[str]:
    return [str(given)] if isinstance(given, str | bool | Upload) else [str(one) for one in given]


def _uploads(field: Field, given: FieldValue | None) -> list[Upload]:
    files = [given] if isinstance(given, Upload) else list(given) if given and not isinstance(given, str | bool) else []
    uploads = [one for one in files if isinstance(one, Upload)]
    least = number(field.component, "min_values", 1) if field.required else 0
    if len(uploads) != len(files) or not least <= len(uploads) <= number(field.component, "max_values", 1):
        raise ValueError(
            f"{field.label or field.custom_id} takes {least} to {field.component.get('max_values', 1)} files"
        )
    return uploads


def _sent(component: Payload, answers: dict[str, Payload]) -> Payload:
    head: Payload = {"type": component["type"], "id": component.get("id", 1)}
    match component["type"]:
        case 18:
            return head | {"component": _sent(component["component"], answers)}
        case 1:
            return head | {"components": [_sent(one, answers) for one in component["components"]]}
        case 10:
            return head
        case _:
            return head | {"custom_id": component["custom_id"]} | answers[component["custom_id"]]
