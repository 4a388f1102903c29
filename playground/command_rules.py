"""What Discord accepts when an app syncs its commands."""

import unicodedata
from collections import Counter

from playground.errors import ApiError, Form
from playground.json_types import Payload, listed, nested, strings

SLASH, USER_MENU, MESSAGE_MENU = 1, 2, 3
MOST = {SLASH: 100, USER_MENU: 15, MESSAGE_MENU: 15}
GROUPS = (1, 2)
LOCALES = frozenset(
    "id da de en-GB en-US es-ES es-419 fr hr it lt hu nl no pl pt-BR ro fi sv-SE vi tr cs el bg ru uk hi th zh-CN ja"
    " zh-TW ko".split()
)


def check_commands(commands: list[Payload]) -> None:
    """Raise 50035 (or 30032 for too many) unless Discord would take these commands in one overwrite."""
    kinds = Counter(command.get("type", SLASH) for command in commands)
    if any(kinds[kind] > most for kind, most in MOST.items()):
        raise ApiError(30032)
    form = Form()
    seen: set[tuple[int, object]] = set()
    for index, command in enumerate(commands):
        kind = command.get("type", SLASH)
        if (kind, command.get("name")) in seen:
            form.wrong(str(index), "APPLICATION_COMMANDS_DUPLICATE_NAME", "Application command names must be unique")
        seen.add((kind, command.get("name")))
        _check_command(form, str(index), command, kind)
    form.check()


def _check_command(form: Form, path: str, command: Payload, kind: int) -> None:
    if kind == SLASH:
        _check_named(form, path, command)
        _check_options(form, path, listed(command, "options"), depth=0)
    else:
        form.length(f"{path}.name", command.get("name"), 32, least=1)
    if _characters(command) > 8000:
        form.wrong(path, "APPLICATION_COMMAND_TOO_LARGE", "Command exceeds maximum size (8000)")
    if "2" in strings(command, "contexts") and "1" not in strings(command, "integration_types"):
        form.wrong(f"{path}.contexts", "APPLICATION_COMMAND_INVALID_CONTEXTS", "PRIVATE_CHANNEL needs USER_INSTALL")


def _check_named(form: Form, path: str, item: Payload) -> None:
    for where, name in [("name", item.get("name")), *_localized(form, path, item, "name")]:
        if not isinstance(name, str) or not valid_name(name):
            form.wrong(f"{path}.{where}", "APPLICATION_COMMAND_INVALID_NAME", "Command name is invalid")
    for where, text in [("description", item.get("description")), *_localized(form, path, item, "description")]:
        form.length(f"{path}.{where}", text, 100, least=1)


def _localized(form: Form, path: str, item: Payload, key: str) -> list[tuple[str, object]]:
    texts: Payload = nested(item, f"{key}_localizations")
    for locale in texts:
        if locale not in LOCALES:
            form.wrong(f"{path}.{key}_localizations.{locale}", "ENUM_TYPE_COERCE", "Value is not a valid locale")
    return [(f"{key}_localizations.{locale}", text) for locale, text in texts.items()]


def valid_name(name: str) -> bool:
    r"""`^[-_'\p{L}\p{N}\p{sc=Deva}\p{sc=Thai}]{1,32}$`, in lower case where the script has one."""
    return 1 <= len(name) <= 32 and name == name.lower() and all(_name_character(one) for one in name)


def _name_character(one: str) -> bool:
    script = unicodedata.name(one, "").split(" ")[0]
    return one in "-_'" or unicodedata.category(one)[0] in "LN" or script in ("DEVANAGARI", "THAI")


def _check_options(form: Form, path: str, options: list[Payload], *, depth: int) -> None:
    form.count(f"{path}.options", options, 25)
    optional_seen = False
    names: set[object] = set()
    for index, option in enumerate(options):
        here = f"{path}.options.{index}"
        _check_named(form, here, option)
        if option.get("name") in names:
            form.wrong(f"{here}.name", "APPLICATION_COMMAND_OPTIONS_NAME_INVALID", "Option names must be unique")
        names.add(option.get("name"))
        if option.get("type") in GROUPS:
            if depth >= (2 if option["type"] == 1 else 1):
                form.wrong(f"{here}.type", "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", "Sub-command groups do not nest")
            _check_options(form, here, listed(option, "options"), depth=depth + 1)
            continue
        if option.get("required") and optional_seen:
            message = "Required options must be placed before non-required options"
            form.wrong(here, "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID", message)
        optional_seen |= not option.get("required")
        _check_values(form, here, option)


def _check_values(form: Form, path: str, option: Payload) -> None:
    choices: list[Payload] = listed(option, "choices")
    form.count(f"{path}.choices", choices, 25)
    for index, choice in enumerate(choices):
        form.length(f"{path}.choices.{index}.name", choice.get("name"), 100, least=1)
        if isinstance(choice.get("value"), str):
            form.length(f"{path}.choices.{index}.value", choice["value"], 100)
    if choices and option.get("autocomplete"):
        form.wrong(path, "APPLICATION_COMMAND_OPTIONS_CHOICES_INVALID", "Choices and autocomplete exclude each other")
    for key in ("min_length", "max_length"):
        if option.get(key) is not None and not 0 <= option[key] <= 6000:
            form.wrong(f"{path}.{key}", "NUMBER_TYPE_MAX", "int value should be between 0 and 6000.")


def _characters(item: Payload) -> int:
    """Names, descriptions and string choice values; of each, the longest localisation counts."""
    total = 0
    for key in ("name", "description"):
        texts = [item.get(key) or "", *nested(item, f"{key}_localizations").values()]
        total += max(len(text) for text in texts)
    total += sum(len(str(choice.get("value", ""))) + _characters(choice) for choice in listed(item, "choices"))
    return total + sum(_characters(option) for option in listed(item, "options"))
