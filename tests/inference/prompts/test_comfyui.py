"""ComfyUI's graphs as people share them, and graphs that nobody could have drawn."""

import copy
import json
import math
import time
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inference.prompts.comfyui import _PARTS, _TEXT_NAMES, parse
from inference.prompts.settings import Hires, NoiseSource, Program, SaidLora, Settings

Graph = dict[str, Any]


def node(kind: str, **inputs: object) -> dict[str, Any]:
    return {"class_type": kind, "inputs": inputs, "_meta": {"title": kind}}


def plain() -> Graph:
    """The graph that ComfyUI starts with, with two LoRAs, clip skip and a VAE of its own."""
    return {
        "3": node(
            "KSampler",
            seed=2**63 + 5,
            steps=25,
            cfg=6.5,
            sampler_name="dpmpp_2m_sde_gpu",
            scheduler="karras",
            denoise=1.0,
            model=["11", 0],
            positive=["6", 0],
            negative=["7", 0],
            latent_image=["5", 0],
        ),
        "4": node("CheckpointLoaderSimple", ckpt_name="anime\\noobaiXL_vPred10.safetensors"),
        "5": node("EmptyLatentImage", width=832, height=1216, batch_size=1),
        "6": node("CLIPTextEncode", text="1girl, (smile:1.2)", clip=["12", 0]),
        "7": node("CLIPTextEncode", text="worst quality", clip=["12", 0]),
        "8": node("VAEDecode", samples=["3", 0], vae=["13", 0]),
        "9": node("SaveImage", filename_prefix="ComfyUI", images=["8", 0]),
        "10": node(
            "LoraLoader",
            lora_name="style.safetensors",
            strength_model=0.8,
            strength_clip=0.5,
            model=["4", 0],
            clip=["4", 1],
        ),
        "11": node("LoraLoaderModelOnly", lora_name="detail.safetensors", strength_model=0.3, model=["10", 0]),
        "12": node("CLIPSetLastLayer", stop_at_clip_layer=-2, clip=["10", 1]),
        "13": node("VAELoader", vae_name="sdxl_vae.safetensors"),
    }


EXPECTED = Settings(
    program=Program.COMFYUI, prompt="1girl, (smile:1.2)", negative="worst quality", steps=25, sampler="DPM++ 2M SDE",
    schedule="Karras", guidance=6.5, seed=2**63 + 5, width=832, height=1216, clip_skip=2, model="noobaiXL_vPred10",
    vae="sdxl_vae", noise=NoiseSource.CPU,
    loras=(SaidLora(name="style", unet=0.8, text=0.5), SaidLora(name="detail", unet=0.3, text=0.0)),
)  # fmt: skip


def test_the_usual_graph_is_followed_from_its_sampler() -> None:
    assert parse(json.dumps(plain())) == EXPECTED


def test_wires_pass_through_what_changes_nothing() -> None:
    graph = plain()
    graph["20"] = node(
        "ControlNetApplyAdvanced",
        positive=["6", 0],
        negative=["7", 0],
        control_net=["21", 0],
        image=["22", 0],
        strength=1,
    )
    graph["21"] = node("ControlNetLoader", control_net_name="lineart")
    graph["22"] = node("LoadImage", image="me.png")
    graph["23"] = node("Reroute", **{"": ["11", 0]})
    graph["24"] = node("ModelSamplingDiscrete", sampling="v_prediction", zsnr=True, model=["23", 0])
    graph["25"] = node("PrimitiveNode", value=2**63 + 5)
    graph["26"] = node("PrimitiveStringMultiline", value="1girl, (smile:1.2)")
    graph["6"]["inputs"]["text"] = ["26", 0]
    graph["3"]["inputs"] |= {"positive": ["20", 0], "negative": ["20", 1], "model": ["24", 0], "seed": ["25", 0]}
    assert parse(json.dumps(graph)) == EXPECTED


def test_a_custom_sampler_is_put_together_from_its_parts() -> None:
    graph = plain()
    graph["3"] = node(
        "SamplerCustomAdvanced",
        noise=["30", 0],
        guider=["31", 0],
        sampler=["32", 0],
        sigmas=["33", 0],
        latent_image=["5", 0],
    )
    graph["30"] = node("RandomNoise", noise_seed=2**63 + 5)
    graph["31"] = node("CFGGuider", cfg=6.5, model=["11", 0], positive=["6", 0], negative=["7", 0])
    graph["32"] = node("KSamplerSelect", sampler_name="dpmpp_2m_sde")
    graph["33"] = node("BasicScheduler", scheduler="karras", steps=25, denoise=1, model=["11", 0])
    assert parse(json.dumps(graph)) == EXPECTED
    graph["3"] = node(
        "SamplerCustom",
        noise_seed=2**63 + 5,
        cfg=6.5,
        model=["11", 0],
        positive=["6", 0],
        negative=["7", 0],
        sampler=["32", 0],
        sigmas=["33", 0],
        latent_image=["5", 0],
    )
    graph["33"] = node("KarrasScheduler", steps=25, sigma_max=14.6, sigma_min=0.03, rho=7)
    assert parse(json.dumps(graph)) == EXPECTED


def test_a_second_pass_is_named_as_such() -> None:
    graph = plain()
    graph["40"] = node("LatentUpscaleBy", samples=["3", 0], scale_by=1.5, upscale_method="nearest")
    graph["41"] = copy.deepcopy(graph["3"])
    graph["41"]["inputs"] |= {"latent_image": ["40", 0], "denoise": 0.5, "steps": 12, "seed": 1}
    graph["8"]["inputs"]["samples"] = ["41", 0]
    said = parse(json.dumps(graph))
    assert said is not None and said.hires == Hires(steps=12, strength=0.5, upscaler="latent")
    assert (said.seed, said.steps, said.strength, said.width) == (2**63 + 5, 25, None, 832)


def test_a_picture_made_from_a_picture_has_a_strength() -> None:
    graph = plain()
    graph["5"] = node("VAEEncode", pixels=["22", 0], vae=["4", 2])
    graph["22"] = node("LoadImage", image="me.png")
    graph["3"]["inputs"]["denoise"] = 0.6
    said = parse(json.dumps(graph))
    assert said is not None and (said.strength, said.width) == (0.6, None)


def test_several_texts_and_texts_of_texts() -> None:
    graph = plain()
    graph["50"] = node("ConditioningCombine", conditioning_1=["6", 0], conditioning_2=["51", 0])
    graph["51"] = node("CLIPTextEncodeSDXL", text_g=["52", 0], text_l="x", width=1024, height=1024, clip=["12", 0])
    graph["52"] = node("StringConcatenate", string_a="hat", string_b=["53", 0], delimiter=" + ")
    graph["53"] = node("ShowText|pysssss", text=["54", 0])
    graph["54"] = node("Text Multiline", text="scarf")
    graph["3"]["inputs"]["positive"] = ["50", 0]
    said = parse(json.dumps(graph))
    assert said is not None and said.prompt == "1girl, (smile:1.2) AND hat + scarf"
    graph["50"] = node("ConditioningConcat", conditioning_to=["6", 0], conditioning_from=["51", 0])
    said = parse(json.dumps(graph))
    assert said is not None and said.prompt == "1girl, (smile:1.2) BREAK hat + scarf"
    graph["7"] = node("ConditioningZeroOut", conditioning=["6", 0])
    said = parse(json.dumps(graph))
    assert said is not None and said.negative == ""


def test_loaders_of_several_things_at_once() -> None:
    graph = plain()
    graph["10"] = node(
        "Power Lora Loader (rgthree)",
        model=["4", 0],
        clip=["4", 1],
        lora_1={"on": True, "lora": "a.safetensors", "strength": 0.7},
        lora_2={"on": False, "lora": "off.safetensors", "strength": 1},
        lora_3={"on": True, "lora": "b.safetensors", "strength": 1, "strengthTwo": 0.2},
    )
    said = parse(json.dumps(graph))
    assert said is not None and said.loras == (
        SaidLora(name="a", unet=0.7, text=0.7),
        SaidLora(name="b", unet=1.0, text=0.2),
        SaidLora(name="detail", unet=0.3, text=0.0),
    )
    loader = node(
        "Efficient Loader",
        ckpt_name="m.ckpt",
        positive="dog",
        negative="cat",
        clip_skip=-2,
        empty_latent_width=512,
        empty_latent_height=640,
        lora_name="None",
    )
    sampler = node(
        "KSampler (Efficient)",
        seed=1,
        steps=9,
        cfg=7,
        sampler_name="euler_ancestral",
        scheduler="normal",
        model=["1", 0],
        positive=["1", 1],
        negative=["1", 2],
        latent_image=["1", 3],
    )
    said = parse(json.dumps({"1": loader, "2": sampler}))
    assert said is not None
    assert (said.model, said.prompt, said.negative, said.width, said.height) == ("m", "dog", "cat", 512, 640)
    assert (said.sampler, said.schedule, said.clip_skip) == ("Euler a", None, 2)


def test_the_editors_form_says_the_same() -> None:
    def of_editor(number: int, kind: str, values: list[Any], **wires: int) -> dict[str, Any]:
        inputs = [{"name": name, "type": "X", "link": link} for name, link in wires.items()]
        return {"id": number, "type": kind, "mode": 0, "widgets_values": values, "inputs": inputs}

    nodes = [
        of_editor(
            3,
            "KSampler",
            [7, "randomize", 20, 8, "euler", "normal", 1],
            model=1,
            positive=4,
            negative=6,
            latent_image=2,
        ),
        of_editor(4, "CheckpointLoaderSimple", ["a.safetensors"]),
        of_editor(5, "EmptyLatentImage", [512, 768, 1]),
        of_editor(6, "CLIPTextEncode", ["1girl"], clip=3),
        of_editor(7, "CLIPTextEncode", ["hat"], clip=5),
        of_editor(8, "VAEDecode", [], samples=7),
        of_editor(9, "SaveImage", ["ComfyUI"], images=9),
    ]
    links = [
        [1, 4, 0, 3, 0, "MODEL"],
        [2, 5, 0, 3, 3, "LATENT"],
        [3, 4, 1, 6, 0, "CLIP"],
        [4, 6, 0, 3, 1, "C"],
        [5, 4, 1, 7, 0, "CLIP"],
        [6, 7, 0, 3, 2, "C"],
        [7, 3, 0, 8, 0, "LATENT"],
        [9, 8, 0, 9, 0, "IMAGE"],
    ]
    assert parse(json.dumps({"nodes": nodes, "links": links, "version": 0.4})) == Settings(
        program=Program.COMFYUI,
        prompt="1girl",
        negative="hat",
        steps=20,
        sampler="Euler",
        guidance=8.0,
        seed=7,
        width=512,
        height=768,
        model="a",
        noise=NoiseSource.CPU,
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        "[]",
        "nothing",
        "[" * 100_000,
        '{"1": ' * 5000,
        "1" * 9000,
        '{"3": {"class_type": "KSampler"}}',
        "null",
    ],
)
def test_what_is_no_graph_is_none(text: str) -> None:
    assert parse(text) is None


def everything_in_a_ring(count: int) -> Graph:
    return {
        str(index): node("Reroute", **{name: [str((index + 1) % count), 0] for name in ("model", "positive", "text")})
        for index in range(count)
    }


def wide_and_deep(count: int) -> Graph:
    """Strings of strings of strings, each of two."""
    graph = {
        str(index): node("StringConcatenate", string_a=[str(index + 1), 0], string_b=[str(index + 1), 0])
        for index in range(count)
    }
    return graph | {str(count): node("Text", text="x" * 500)}


HOSTILE: dict[str, Callable[[], Graph]] = {
    "a ring": lambda: everything_in_a_ring(1900),
    "a ring of samplers": lambda: {
        str(i): node(
            "KSampler",
            sampler_name="euler",
            steps=1,
            positive=[str(i + 1), 0],
            model=[str(i), 0],
            latent_image=[str((i + 1) % 900), 0],
        )
        for i in range(900)
    },
    "doubling strings": lambda: wide_and_deep(1500),
    "all wired to all": lambda: {
        str(i): node("ConditioningCombine", **{f"conditioning_{j}": [str(j), 0] for j in range(60)}) for i in range(60)
    },
    "decoders that decode each other": lambda: {
        str(i): node("VAEDecode", vae=[str((i + 1) % 1900), 0]) for i in range(1900)
    },
    "numbers behind numbers": lambda: {
        str(i): node("Mix", samples=[str(i + 1), 0], value=[str(i + 1), 0], width=["900", 0], height=["900", 0])
        for i in range(1900)
    },
    "texts behind a node of many wires": lambda: {
        **{
            str(i): node("Mix", conditioning=[str(i + 1), 0], **{name: ["x", 0] for name in (*_TEXT_NAMES, *_PARTS)})
            for i in range(30)
        },
        "x": node("Mix", **{str(i): ["0", 0] for i in range(20_000)}),
    },
    "nonsense for values": lambda: {
        "1": node(
            "KSampler",
            sampler_name=["1"],
            steps={"a": 1},
            positive=[["1"], 0],
            model=[None, 0],
            latent_image=[1.5, {}],
            seed=[True, "x"],
        )
    },
}


@pytest.mark.parametrize("how", HOSTILE)
def test_no_graph_costs_more_than_its_size(how: str) -> None:
    graph = HOSTILE[how]()
    graph["s"] = node(
        "KSampler",
        sampler_name="euler",
        steps=1,
        cfg=1,
        model=["0", 0],
        positive=["0", 0],
        negative=["1", 0],
        latent_image=["0", 0],
        seed=["0", 0],
    )
    text = json.dumps(graph)
    start = time.process_time()
    said = parse(text)
    assert time.process_time() - start < 1.0
    assert said is None or len(said.prompt or "") <= 131_072


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from(["euler", "x", "", "a.ckpt", "None"]),
    lambda inner: st.tuples(st.sampled_from("0123"), st.integers(0, 2)).map(list) | st.lists(inner, max_size=3),
    max_leaves=4,
)
INPUTS = st.dictionaries(
    st.sampled_from([
        "model", "positive", "negative", "latent_image", "samples", "text", "steps", "seed", "sampler_name", "clip",
        "cfg", "lora_name", "ckpt_name", "width", "height", "conditioning", "lora_1", "denoise", "vae", "images",
    ]),
    VALUES,
)  # fmt: skip
KINDS = st.sampled_from(["KSampler", "SaveImage", "CLIPTextEncode", "SamplerCustomAdvanced", "VAEDecode", "LoraLoader"])


@settings(max_examples=60)
@given(st.dictionaries(st.sampled_from("0123"), st.builds(lambda kind, inputs: node(kind, **inputs), KINDS, INPUTS)))
def test_no_graph_makes_it_fail(graph: Graph) -> None:
    assert is_sound(parse(json.dumps(graph)))


@given(
    st.lists(st.fixed_dictionaries({"id": VALUES, "type": KINDS, "mode": VALUES, "inputs": VALUES}), max_size=3), VALUES
)
def test_no_editor_makes_it_fail(nodes: list[dict[str, object]], links: object) -> None:
    assert is_sound(parse(json.dumps({"nodes": nodes, "links": links})))


def is_sound(found: Settings | None) -> bool:
    """Whether nothing was read but words and numbers that there are."""
    if found is None:
        return True
    whole = (found.steps, found.seed, found.width, found.height, found.clip_skip)
    parts = (found.guidance, found.strength, *(weight for each in found.loras for weight in (each.unet, each.text)))
    words = (found.prompt, found.negative, found.sampler, found.schedule, found.model, found.vae)
    return (
        all(each is None or type(each) is int for each in whole)
        and all(each is None or math.isfinite(each) for each in parts)
        and all(each is None or isinstance(each, str) for each in words)
    )
