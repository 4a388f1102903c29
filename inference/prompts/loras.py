"""`<lora:name:weight>` within a prompt: taken out, and told by name."""

from dataclasses import dataclass

from inference.errors import N_, BadRequest
from inference.prompts.syntax import number_in

MAX_WEIGHT = 4.0  # of a LoRA, either sign; stronger ones only break pictures
_KINDS = ("lora", "lyco")  # A1111 had the second one before it learned to tell them apart by itself
_SHOWN_CHARS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedLora:
    """A LoRA as somebody names it."""

    name: str
    unet: float = 1.0  # weight on the network that draws; 0 leaves it as it is
    text: float = 1.0  # weight on the text encoders
    sha256: str | None = None  # the very file, where it is known: a name may mean another one by now


def taken_out(prompt: str) -> tuple[str, list[WantedLora]]:
    """The prompt without its `<lora:…>`, and what they name, in order, as often as they do.

    `<lora:name>`, `<lora:name:0.8>`, `<lora:name:text:unet>` and `<lora:name:te=0.5:unet=0.8>`, as A1111 reads them.
    BadRequest where a weight is no number.
    """
    kept: list[str] = []
    found: list[WantedLora] = []
    start = 0
    while (opened := prompt.find("<", start)) >= 0 and (closed := prompt.find(">", opened)) >= 0:
        opened = prompt.rfind("<", opened, closed)
        kind, *fields = prompt[opened + 1 : closed].split(":")
        kept.append(prompt[start:opened])
        if kind.strip().lower() in _KINDS and fields and fields[0].strip():
            found.append(_wanted(prompt[opened : closed + 1], fields))
        else:
            kept.append(prompt[opened : closed + 1])
        start = closed + 1
    if not found:
        return prompt, []
    return "".join([*kept, prompt[start:]]), found


def _wanted(written: str, fields: list[str]) -> WantedLora:
    weights: list[float] = []
    named: dict[str, float] = {}
    for each in fields[1:]:
        name, equals, said = each.rpartition("=")
        number = number_in(said)
        if number is None or abs(number) > MAX_WEIGHT or (equals and name.strip().lower() not in ("te", "unet")):
            template = N_("I can't read “{lora}”. Please write it like <lora:name:0.8>, with a weight from -4 to 4.")
            raise BadRequest(template=template, lora=written[:_SHOWN_CHARS])
        if equals:
            named[name.strip().lower()] = number
        else:
            weights.append(number)
    text = named.get("te", weights[0] if weights else 1.0)
    unet = named.get("unet", weights[1] if len(weights) > 1 else text)
    return WantedLora(name=fields[0].strip(), unet=unet, text=text)
