"""What Discord accepts as components: of a message (classic and V2) and of a modal."""

from collections.abc import Iterator

from playground.errors import Form
from playground.json_types import Payload, listed, nested, number

ROW, BUTTON, STRING_SELECT, TEXT_INPUT, SECTION, TEXT, THUMBNAIL, GALLERY, FILE, SEPARATOR = (
    1,
    2,
    3,
    4,
    9,
    10,
    11,
    12,
    13,
    14,
)
CONTAINER, LABEL, FILE_UPLOAD, RADIO, CHECKBOXES, CHECKBOX = 17, 18, 19, 21, 22, 23
SELECTS = (3, 5, 6, 7, 8)
CHANNEL_SELECT = 8
DEFAULTS = {5: ("user",), 6: ("role",), 7: ("user", "role"), 8: ("channel",)}
TOP_V2 = (ROW, SECTION, TEXT, GALLERY, FILE, SEPARATOR, CONTAINER)
IN_CONTAINER = (ROW, SECTION, TEXT, GALLERY, FILE, SEPARATOR)
IN_LABEL = (*SELECTS, TEXT_INPUT, FILE_UPLOAD, RADIO, CHECKBOXES, CHECKBOX)
LINK, PREMIUM = 5, 6


def walk(components: list[Payload], path: str = "components") -> Iterator[tuple[str, Payload]]:
    """Every component with its path, outside in."""
    for index, component in enumerate(components):
        here = f"{path}.{index}"
        yield here, component
        yield from walk(listed(component, "components"), f"{here}.components")
        for key in ("accessory", "component"):
            if isinstance(component.get(key), dict):
                yield f"{here}.{key}", component[key]


def check_message_components(form: Form, components: list[Payload], *, v2: bool) -> None:
    """Note everything wrong with a message's components."""
    most = 40 if v2 else 5
    allowed = TOP_V2 if v2 else (ROW,)
    everything = list(walk(components))
    if len(components) > most or (v2 and len(everything) > most):
        form.wrong("components", "BASE_TYPE_BAD_LENGTH", f"Must be between 1 and {most} in length.")
    for index, component in enumerate(components):
        _check_place(form, f"components.{index}", component, allowed)
    if v2:
        _check_texts(form, everything)
    _check_unique(form, everything)
    for path, component in everything:
        _check_one(form, path, component)


def check_modal(form: Form, modal: Payload) -> None:
    """Note everything wrong with a modal: title, custom_id, 1-5 rows or labels."""
    form.length("title", modal.get("title"), 45, least=1)
    form.length("custom_id", modal.get("custom_id"), 100, least=1)
    components: list[Payload] = listed(modal, "components")
    form.count("components", components, 5, least=1)
    everything = list(walk(components))
    for index, component in enumerate(components):
        _check_place(form, f"components.{index}", component, (ROW, TEXT, LABEL))
    _check_unique(form, everything)
    for path, component in everything:
        _check_one(form, path, component)


def _check_place(form: Form, path: str, component: Payload, allowed: tuple[int, ...]) -> None:
    if component.get("type") not in allowed:
        form.wrong(f"{path}.type", "UNION_TYPE_CHOICES", f'Value of field "type" must be one of {allowed}.')


def _check_texts(form: Form, everything: list[tuple[str, Payload]]) -> None:
    total = sum(len(str(one.get("content", ""))) for _, one in everything if one.get("type") == TEXT)
    if total > 4000:
        message = f"The total displayable text size exceeds the maximum of 4000: {total}"
        form.wrong("components", "COMPONENT_DISPLAYABLE_TEXT_SIZE_EXCEEDED", message)


def _check_unique(form: Form, everything: list[tuple[str, Payload]]) -> None:
    seen: set[object] = set()
    for path, component in everything:
        custom_id = component.get("custom_id")
        if custom_id is not None and custom_id in seen:
            form.wrong(
                f"{path}.custom_id", "COMPONENT_CUSTOM_ID_DUPLICATED", "Component custom id cannot be duplicated"
            )
        seen.add(custom_id)


def _check_one(form: Form, path: str, component: Payload) -> None:
    match component.get("type"):
        case 1:
            _check_row(form, path, component)
        case 2:
            _check_button(form, path, component)
        case 3 | 5 | 6 | 7 | 8:
            _check_select(form, path, component)
        case 4:
            _check_text_input(form, path, component)
        case 9:
            form.count(f"{path}.components", component.get("components"), 3, least=1)
            if nested(component, "accessory").get("type") not in (BUTTON, THUMBNAIL):
                form.wrong(f"{path}.accessory", "BASE_TYPE_REQUIRED", "This field is required")
            for index, child in enumerate(listed(component, "components")):
                _check_place(form, f"{path}.components.{index}", child, (TEXT,))
        case 10:
            form.length(f"{path}.content", component.get("content"), 4000, least=1)
        case 12:
            _check_gallery(form, path, component)
        case 13:
            if not str(nested(component, "file").get("url", "")).startswith("attachment://"):
                _not_a_file(form, f"{path}.file.url")
        case 17:
            for index, child in enumerate(listed(component, "components")):
                _check_place(form, f"{path}.components.{index}", child, IN_CONTAINER)
        case 18:
            form.length(f"{path}.label", component.get("label"), 45, least=1)
            form.length(f"{path}.description", component.get("description"), 100)
            _check_place(form, f"{path}.component", nested(component, "component"), IN_LABEL)
        case 19:
            _check_range(form, path, component, 10)
        case 21 | 22 as kind:
            form.count(f"{path}.options", component.get("options"), 10, least=2 if kind == RADIO else 1)
            _check_options(form, path, component)
        case _:
            pass


def _not_a_file(form: Form, path: str) -> None:
    form.wrong(path, "UNFURLED_MEDIA_ITEM_INVALID_URL", "A file component shows only attachment://<filename>")


def _check_row(form: Form, path: str, row: Payload) -> None:
    children: list[Payload] = listed(row, "components")
    kinds = [child.get("type") for child in children]
    buttons = all(kind == BUTTON for kind in kinds)
    if not (1 <= len(kinds) <= (5 if buttons else 1)):
        form.wrong(f"{path}.components", "BASE_TYPE_BAD_LENGTH", "An action row holds 1 to 5 buttons, or one select.")
    for index, child in enumerate(children):
        _check_place(form, f"{path}.components.{index}", child, (BUTTON, TEXT_INPUT, *SELECTS))


def _check_button(form: Form, path: str, button: Payload) -> None:
    form.length(f"{path}.label", button.get("label"), 80)
    if button.get("style") in (LINK, PREMIUM):
        if button.get("style") == LINK:
            form.length(f"{path}.url", button.get("url"), 512, least=1)
        return
    form.length(f"{path}.custom_id", button.get("custom_id"), 100, least=1)
    if button.get("style") not in (1, 2, 3, 4):
        form.wrong(f"{path}.style", "BASE_TYPE_CHOICES", "Value must be one of (1, 2, 3, 4, 5, 6).")
    if not button.get("label") and not button.get("emoji"):
        form.wrong(path, "BUTTON_COMPONENT_INVALID_LABEL_EMOJI", "A button must have a label or an emoji")


def _check_select(form: Form, path: str, select: Payload) -> None:
    form.length(f"{path}.custom_id", select.get("custom_id"), 100, least=1)
    form.length(f"{path}.placeholder", select.get("placeholder"), 150)
    _check_range(form, path, select, 25)
    defaults: list[Payload] = listed(select, "default_values")
    if any(one.get("type") not in DEFAULTS.get(number(select, "type", 0), ()) for one in defaults):
        form.wrong(f"{path}.default_values", "BASE_TYPE_CHOICES", "Such a select holds no such default values.")
    least, most = number(select, "min_values", 1), number(select, "max_values", 1)
    if defaults and not least <= len(defaults) <= most:
        form.wrong(f"{path}.default_values", "BASE_TYPE_BAD_LENGTH", f"Must be between {least} and {most} in length.")
    if select.get("channel_types") and select.get("type") != CHANNEL_SELECT:
        form.wrong(f"{path}.channel_types", "BASE_TYPE_CHOICES", "Only a channel select has channel types.")
    if select.get("type") == STRING_SELECT:
        form.count(f"{path}.options", select.get("options"), 25, least=1)
        _check_options(form, path, select)


def _check_range(form: Form, path: str, component: Payload, most: int) -> None:
    for key in ("min_values", "max_values"):
        value = component.get(key)
        if value is not None and not 0 <= value <= most:
            form.wrong(f"{path}.{key}", "NUMBER_TYPE_MAX", f"int value should be between 0 and {most}.")


def _check_options(form: Form, path: str, component: Payload) -> None:
    values: set[object] = set()
    for index, option in enumerate(listed(component, "options")):
        here = f"{path}.options.{index}"
        form.length(f"{here}.label", option.get("label"), 100, least=1)
        form.length(f"{here}.value", option.get("value"), 100, least=1)
        form.length(f"{here}.description", option.get("description"), 100)
        if option.get("value") in values:
            form.wrong(
                f"{here}.value",
                "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED",
                "The specified option value is already used",
            )
        values.add(option.get("value"))


def _check_text_input(form: Form, path: str, text: Payload) -> None:
    form.length(f"{path}.custom_id", text.get("custom_id"), 100, least=1)
    form.length(f"{path}.placeholder", text.get("placeholder"), 100)
    form.length(f"{path}.value", text.get("value"), 4000)
    if text.get("label") is not None:
        form.length(f"{path}.label", text.get("label"), 45, least=1)
    for key in ("min_length", "max_length"):
        if text.get(key) is not None and not 0 <= text[key] <= 4000:
            form.wrong(f"{path}.{key}", "NUMBER_TYPE_MAX", "int value should be between 0 and 4000.")


def _check_gallery(form: Form, path: str, gallery: Payload) -> None:
    form.count(f"{path}.items", gallery.get("items"), 10, least=1)
    for index, item in enumerate(listed(gallery, "items")):
        form.length(f"{path}.items.{index}.description", item.get("description"), 1024)
