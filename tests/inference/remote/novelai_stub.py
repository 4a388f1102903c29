"""A small NovelAI on this machine: it takes the forms that the service takes, and refuses what the service would."""

import asyncio
import base64
import io
import zipfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import numpy as np
from aiohttp import web
from PIL import Image

TOKEN = "pst-secret"
_MODELS = {
    "nai-diffusion-3", "nai-diffusion-4-curated-preview", "nai-diffusion-4-full", "nai-diffusion-4-5-curated",
    "nai-diffusion-4-5-full",
}  # fmt: skip
_SAMPLERS = {
    "k_euler", "k_euler_ancestral", "k_dpmpp_2m", "k_dpmpp_2m_sde", "k_dpmpp_2s_ancestral", "k_dpmpp_sde", "ddim_v3",
}  # fmt: skip


class Stub:
    """What it was asked, and what it answers next."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.vibes: list[dict[str, Any]] = []
        self.tier, self.anlas = 3, 500
        self.form = "zip"  # zip, bare, or bytes of one's own in `body`
        self.status = 200
        self.pays_for: int | None = None  # pictures, until there is nothing left on the account
        self.account_status = 200
        self.account_said: str | None = None  # in place of an account
        self.body = b""
        self.url = ""
        self.may_answer = asyncio.Event()
        self.may_answer.set()

    async def generate(self, request: web.Request) -> web.Response:
        """POST /ai/generate-image."""
        if request.headers.get("Authorization") != f"Bearer {TOKEN}":
            return self._error(401, "Unauthorized")
        body = await request.json()
        if wrong := problem_of(body):
            return self._error(400, wrong)
        self.asked.append(body)
        await self.may_answer.wait()
        if self.status != 200:
            return self._error(self.status, "a reason of its own")
        if self.pays_for is not None and len(self.asked) > self.pays_for:
            return self._error(402, "a reason of its own")
        if self.form == "bytes":
            return web.Response(body=self.body)
        picture = _picture(body["parameters"])
        packed = _zip(picture) if self.form == "zip" else picture
        return web.Response(body=packed, status=201, content_type="binary/octet-stream")

    async def encode(self, request: web.Request) -> web.Response:
        """POST /ai/encode-vibe."""
        body = await request.json()
        self.vibes.append(body)
        self.anlas -= 2
        return web.Response(body=b"vibe:" + base64.b64decode(body["image"])[:16])

    async def subscription(self, request: web.Request) -> web.Response:
        """GET /user/subscription."""
        if request.headers.get("Authorization") != f"Bearer {TOKEN}":
            return self._error(401, "Unauthorized")
        if self.account_status != 200:
            return self._error(self.account_status, "a reason of its own")
        if self.account_said is not None:
            return web.Response(text=self.account_said)
        left = {"fixedTrainingStepsLeft": self.anlas, "purchasedTrainingSteps": 0}
        return web.json_response({"tier": self.tier, "active": True, "trainingStepsLeft": left})

    def _error(self, status: int, message: str) -> web.Response:
        return web.json_response({"statusCode": status, "message": message}, status=status)


def problem_of(body: dict[str, Any]) -> str:
    """Why the service would not take this; empty when it would."""
    if body.keys() != {"input", "model", "action", "parameters"}:
        return f"keys {sorted(body)}"
    parameters, model = body["parameters"], body["model"].removesuffix("-inpainting")
    if model == "nai-diffusion-4-curated":  # so it is called for inpainting
        model += "-preview" if body["model"] != model else ""
    action = body["action"]
    wrong = [
        (model not in _MODELS, "model"),
        (action not in {"generate", "img2img", "infill"}, "action"),
        ((action == "infill") != body["model"].endswith("-inpainting"), "inpainting model"),
        (parameters["width"] % 64 or parameters["height"] % 64, "size"),
        (not 1 <= parameters["steps"] <= 50, "steps"),
        (not 0 <= parameters["scale"] <= 10, "scale"),
        (parameters["sampler"] not in _SAMPLERS, "sampler"),
        (not 0 <= parameters["seed"] <= 4294967288, "seed"),
        (("4" in model.removeprefix("nai-diffusion-")) != ("v4_prompt" in parameters), "v4_prompt"),
        (action != "generate" and not parameters.get("image"), "image"),
        (action == "infill" and not parameters.get("mask"), "mask"),
        ("v4_prompt" in parameters and parameters["v4_prompt"]["caption"]["base_caption"] != body["input"], "caption"),
    ]
    return next((why for is_so, why in wrong if is_so), "")


def _picture(parameters: dict[str, Any]) -> bytes:
    random = np.random.default_rng(parameters["seed"])
    rough = random.integers(0, 256, (4, 4, 3)).astype(np.uint8)
    out = io.BytesIO()
    size = (parameters["width"], parameters["height"])
    Image.fromarray(rough).resize(size).save(out, "PNG", pnginfo=None)
    return out.getvalue()


def _zip(picture: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        packed.writestr("image_0.png", picture)
    return out.getvalue()


@asynccontextmanager
async def novelai() -> AsyncIterator[Stub]:
    """The stub, listening; its address is `url`."""
    stub = Stub()
    app = web.Application(client_max_size=64 << 20)
    app.router.add_post("/ai/generate-image", stub.generate)
    app.router.add_post("/ai/encode-vibe", stub.encode)
    app.router.add_get("/user/subscription", stub.subscription)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    [address] = runner.addresses
    stub.url = f"http://127.0.0.1:{address[1]}"
    try:
        yield stub
    finally:
        await runner.cleanup()
