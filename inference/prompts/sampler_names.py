"""Samplers by the names other programs give them: A1111's with and without a schedule, ComfyUI's, NovelAI's."""

from dataclasses import dataclass
from typing import Final

from inference.request import Sampler
from inference.samplers import TITLES

# ComfyUI's and NovelAI's, in A1111's words.
_OTHERS: Final = {
    "euler": "Euler",
    "euler_ancestral": "Euler a",
    "heun": "Heun",
    "heunpp2": "Heun",
    "lms": "LMS",
    "dpm_2": "DPM2",
    "dpm_2_ancestral": "DPM2 a",
    "dpm_fast": "DPM fast",
    "dpm_adaptive": "DPM adaptive",
    "dpmpp_2s_ancestral": "DPM++ 2S a",
    "dpmpp_2m": "DPM++ 2M",
    "dpmpp_sde": "DPM++ SDE",
    "dpmpp_2m_sde": "DPM++ 2M SDE",
    "dpmpp_2m_sde_heun": "DPM++ 2M SDE Heun",
    "dpmpp_3m_sde": "DPM++ 3M SDE",
    "ddim": "DDIM",
    "ddim_v3": "DDIM",
    "ddpm": "DDPM",
    "uni_pc": "UniPC",
    "uni_pc_bh2": "UniPC",
    "unipc": "UniPC",
    "lcm": "LCM",
}
_SCHEDULES: Final = {
    "karras": "Karras",
    "exponential": "Exponential",
    "polyexponential": "Polyexponential",
    "sgm_uniform": "SGM Uniform",
    "simple": "Simple",
    "beta": "Beta",
    "ddim_uniform": "DDIM",
    "kl_optimal": "KL Optimal",
}
_PLAIN_SCHEDULES: Final = frozenset({"", "normal", "uniform", "native"})
_AUTOMATIC: Final = "automatic"
# What "Automatic" is in A1111 and Forge since 1.9, by the sampler; all others take the plain one. Without a word of a
# schedule the text is older, and the sampler's name says all of it.
_OWN_SCHEDULES: Final = {
    "dpm++ 2m": "Karras",
    "dpm++ sde": "Karras",
    "dpm++ 2s a": "Karras",
    "dpm2": "Karras",
    "dpm2 a": "Karras",
    "restart": "Karras",
    "dpm++ 2m sde": "Exponential",
    "dpm++ 2m sde heun": "Exponential",
    "dpm++ 3m sde": "Exponential",
}
# Levels that are even, or nearly, in their logarithm: over SD's twenty steps Karras' are half as far from them as plain
# ones are.
_NEAR_KARRAS: Final = ("exponential", "polyexponential")
# What comes closest to a sampler that is not ours, first choice first: by the kind of solver, then by its order.
_NEAREST: Final = (
    ("dpm++ 2m sde", ("dpm++ 2m sde karras", "dpm++ 2m sde")),
    ("dpm++ 3m sde", ("dpm++ 3m sde karras", "dpm++ 3m sde", "dpm++ 2m sde karras", "dpm++ 2m sde")),
    ("dpm++ sde", ("dpm++ sde karras", "dpm++ sde", "dpm++ 2m sde")),
    ("dpm++ 2s a", ("dpm++ 2s a", "euler a")),
    ("dpm++", ("dpm++ 2m karras", "dpm++ 2m")),
    ("dpm2 a", ("euler a",)),
    ("dpm", ("dpm++ 2m karras", "dpm++ 2m")),
    ("euler a", ("euler a",)),
    ("restart", ("euler a",)),
    ("ddpm", ("euler a",)),
    ("ddim", ("ddim",)),
    ("plms", ("ddim",)),
    ("unipc", ("unipc",)),
    ("uni_pc", ("unipc",)),
    ("lcm", ("lcm", "euler a")),
    ("heun", ("heun", "euler")),
    ("lms", ("lms", "euler")),
    ("euler", ("euler",)),
)


@dataclass(frozen=True, slots=True)
class Match:
    """One of our samplers, and whether it is the one that was meant."""

    sampler: Sampler
    exact: bool


def a1111_name(sampler: Sampler) -> str:
    """The sampler as A1111 writes it."""
    return TITLES[sampler]


def in_a1111_words(name: str) -> str:
    """ComfyUI's or NovelAI's name of a sampler in A1111's words, or as it is."""
    key = name.strip().lower().removeprefix("k_").removesuffix("_gpu").removesuffix("_cfg_pp")
    return _OTHERS.get(key, name.strip())


def schedule_in_a1111_words(name: str) -> str | None:
    """ComfyUI's or NovelAI's name of a schedule in A1111's words; None for the plain one."""
    key = name.strip().lower()
    return None if key in _PLAIN_SCHEDULES else _SCHEDULES.get(key, name.strip())


def full_name(name: str, schedule: str | None) -> str:
    """The sampler with its schedule, as A1111 used to write both in one: "DPM++ 2M Karras"; no word of a plain one.

    "DPM++ 2M" with "Schedule type: Karras" is it, and so is the same with "Automatic".
    """
    plain, kind = " ".join(name.split()), " ".join((schedule or "").split())
    if kind.lower() == _AUTOMATIC:
        kind = _OWN_SCHEDULES.get(plain.lower(), "")
    return plain if kind.lower() in _PLAIN_SCHEDULES or plain.lower().endswith(kind.lower()) else f"{plain} {kind}"


def match(name: str, schedule: str | None) -> Match | None:
    """Our sampler of that name and schedule, or the nearest we have; None when the name says nothing to us."""
    plain, full = " ".join(name.lower().split()), full_name(name, schedule).lower()
    ours = {a1111_name(each).lower(): each for each in Sampler}
    if full in ours:
        return Match(ours[full], exact=True)
    if full.endswith(_NEAR_KARRAS) and (near := f"{full.rsplit(' ', 1)[0]} karras") in ours:
        return Match(ours[near], exact=False)
    if plain in ours:
        return Match(ours[plain], exact=False)
    for start, choices in _NEAREST:
        if plain.startswith(start):
            return next((Match(ours[choice], exact=False) for choice in choices if choice in ours), None)
    return None
