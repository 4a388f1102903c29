"""The samplers' names for people; imports no torch and runs in the bot.

`inference/prompts/sampler_names.py` reads other programs' names for them.
"""

from typing import Final

from inference.request import Sampler

# A1111's spelling: what people know them by, and what its "send to txt2img" reads.
TITLES: Final = {
    Sampler.EULER: "Euler",
    Sampler.EULER_A: "Euler a",
    Sampler.HEUN: "Heun",
    Sampler.DPM2: "DPM2",
    Sampler.DPM2_A: "DPM2 a",
    Sampler.LMS: "LMS",
    Sampler.DPMPP_2M: "DPM++ 2M",
    Sampler.DPMPP_2M_KARRAS: "DPM++ 2M Karras",
    Sampler.DPMPP_SDE: "DPM++ SDE",
    Sampler.DPMPP_SDE_KARRAS: "DPM++ SDE Karras",
    Sampler.DPMPP_2M_SDE: "DPM++ 2M SDE",
    Sampler.DPMPP_2M_SDE_KARRAS: "DPM++ 2M SDE Karras",
    Sampler.DPMPP_3M_SDE: "DPM++ 3M SDE",
    Sampler.DPMPP_3M_SDE_KARRAS: "DPM++ 3M SDE Karras",
    Sampler.DDIM: "DDIM",
    Sampler.UNIPC: "UniPC",
    Sampler.LCM: "LCM",
    Sampler.TCD: "TCD",
    Sampler.DEIS: "DEIS",
    Sampler.PLMS: "PLMS",
}
