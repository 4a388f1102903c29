"""NovelAI's service as an engine: what the studio's pump feeds, as it feeds the GPU.

Each picture is asked for alone, because that is what the service draws for nothing on its highest tier. What comes back
is decoded in the sandbox like any picture from outside, and says in its metadata how it was asked for.
"""

import asyncio
import base64
import hashlib
import io
import logging
import time
from collections import OrderedDict
from collections.abc import Mapping, Sequence

from PIL import Image, ImageOps

from inference import metadata
from inference.batch import OnStep, Step
from inference.decoder import decode
from inference.errors import N_, BadRequest, Cancelled, GengaError, RemoteFailed
from inference.gpu import Drawn, DrawnPicture
from inference.holes import mask_of
from inference.messages import NO_FILES, Files, Hello, Phase
from inference.remote.novelai.client import Client
from inference.remote.novelai.cost import BEST, Account, anlas
from inference.remote.novelai.models import RemoteModel, remote_models
from inference.remote.novelai.payload import Vibe, payload
from inference.remote.novelai.reply import AWAY, MAX_BYTES, NONSENSE, TOKEN
from inference.request import DrawRequest, Request

log = logging.getLogger(__name__)

TOO_DEAR = N_(
    "That would cost about {anlas} Anlas, and this bot may spend {most} on a request. Try fewer steps, fewer pictures "
    "or a smaller size."
)
NO_PRICE = N_(
    "NovelAI's account page doesn't answer, so I can't tell what this would cost. Please try again in a minute, or "
    "choose another model."
)
MAYBE_PAID = N_(
    "I was restarted while {model} was drawing this, and it may have been paid for. Press Try again to have it drawn "
    "anew."
)
_LOOK_S = 1.5  # somebody waits for an answer, and Discord for three seconds at most
_MOST_VIBES = 64  # some 50 kB each
_LOOK_SIDE = 1024
_ACCOUNT_LIFE_S = 60.0  # how long what the service said of the account counts


class NovelAi:
    """Draws with the service; of `Gpu` it has what a studio uses."""

    cannot_start = False  # there is no process that could not
    failing_since: float | None = None
    hello: Hello | None = None  # its machine is nobody's business here
    ready_models: Sequence[str] = ()  # all are always ready there: loading is never worth a wait

    def __init__(self, client: Client, *, most_anlas: int, with_metadata: bool) -> None:
        self._client = client
        self._most_anlas = most_anlas
        self._with_metadata = with_metadata
        self._drawing: dict[int, asyncio.Task[Drawn]] = {}
        self._account: tuple[float, Account] | None = None
        self._vibes: OrderedDict[tuple[str, str], bytes] = OrderedDict()  # what the service made of looks, and was paid

    async def price(self, request: DrawRequest) -> int:
        """What the request will take from the account, in Anlas; BadRequest when that is more than it may.

        Where the account cannot be looked at, what it would cost without a subscription counts; RemoteFailed when that
        is too much, but nobody knows whether it would be asked for.
        """
        encoded = request.look and remote_models()[request.model].version >= 4
        new = int(encoded and self._vibe_key(request) not in self._vibes)
        try:
            cost = anlas(request, await self._known_account(), new_vibes=new)
        except RemoteFailed as error:
            log.warning("NovelAI's account cannot be looked at: %s", error)
            cost = anlas(request, None, new_vibes=new)
            if cost > self._most_anlas >= anlas(request, BEST, new_vibes=new):
                template = TOKEN if error.template == TOKEN else NO_PRICE
                raise RemoteFailed(error.detail, template=template) from error
        if cost > self._most_anlas:
            raise BadRequest(template=TOO_DEAR, anlas=cost, most=self._most_anlas)
        return cost

    def again(self, request: DrawRequest) -> GengaError:
        """Why a request that was begun before is not begun again: it could be paid for twice."""
        return RemoteFailed(template=MAYBE_PAID, model=remote_models()[request.model].title)

    async def draw(
        self, requests: Sequence[Request], inputs: Mapping[str, bytes], on_step: OnStep, files: Files = NO_FILES
    ) -> list[Drawn | GengaError]:
        """As `Gpu.draw`: one outcome a request, in their order."""
        del files  # the service has its own
        outcomes: list[Drawn | GengaError] = []
        for index, request in enumerate(requests):
            task = self._drawing[index] = asyncio.create_task(self._draw(request, inputs, on_step, index))
            try:
                outcomes.append(await task)
            except asyncio.CancelledError:
                own = asyncio.current_task()
                if own and own.cancelling():  # nobody wants any of them
                    raise
                outcomes.append(Cancelled())
            except GengaError as error:
                outcomes.append(error)
            finally:
                task.cancel()
                del self._drawing[index]
        return outcomes

    def cancel(self, index: int) -> None:
        """Wait no longer for a request; what the service took for it is gone."""
        if task := self._drawing.get(index):
            task.cancel()

    async def _draw(self, request: DrawRequest, inputs: Mapping[str, bytes], on_step: OnStep, index: int) -> Drawn:
        began = time.monotonic()
        model = remote_models()[request.model]
        image = inputs[request.image] if request.image else None
        start = await asyncio.to_thread(_fitted, image, request) if image and not request.look else None
        mask = await asyncio.to_thread(_mask, image, request) if image and request.holes else None
        vibes = [await self._vibe(model, request, image)] if image and request.look else []
        pictures: list[DrawnPicture] = []
        for number in range(request.count):
            on_step(index, Step(phase=Phase.DRAWING, step=number, steps=request.count))
            asked = payload(model, request, number, picture=start, mask=mask, vibes=vibes)
            try:
                pictures.append(await self._kept(await self._client.draw(asked), request, number))
            except GengaError as error:
                if not pictures:
                    raise
                log.warning("the service drew %d of %d pictures, which count: %s", number, request.count, error)
                break
        self._account = None  # it has less now
        return Drawn(pictures=tuple(pictures), gpu_s=time.monotonic() - began)

    async def _kept(self, data: bytes, request: DrawRequest, number: int) -> DrawnPicture:
        try:
            decoded = await decode(data, limit_bytes=MAX_BYTES)
        except GengaError as error:
            raise RemoteFailed(f"a picture that cannot be opened: {error}", template=NONSENSE) from error
        texts = metadata.chunks(request, number) if self._with_metadata else {}
        png = metadata.inserted(decoded.png, texts)
        return DrawnPicture(
            png=png,
            sha256=hashlib.sha256(png).hexdigest(),
            width=decoded.width,
            height=decoded.height,
            seed=request.seed + number,
        )

    async def _vibe(self, model: RemoteModel, request: DrawRequest, image: bytes) -> Vibe:
        """The look of a picture as the model takes it; V4's encodings are paid for, so the last ones are kept."""
        key, strength = self._vibe_key(request), request.strength if request.strength is not None else 0.6
        small = await asyncio.to_thread(_small, image)
        if model.version < 4:
            return Vibe(data=small, strength=strength)
        if key not in self._vibes:
            self._account = None
            self._vibes[key] = await self._client.encode_vibe(model.id, base64.b64encode(small).decode(), 1.0)
            while len(self._vibes) > _MOST_VIBES:
                self._vibes.popitem(last=False)
        self._vibes.move_to_end(key)
        return Vibe(data=self._vibes[key], strength=strength)

    def _vibe_key(self, request: DrawRequest) -> tuple[str, str]:
        return request.model, request.image or ""

    async def _known_account(self) -> Account:
        """What is known of the account; RemoteFailed where the service does not say."""
        if self._account and time.monotonic() - self._account[0] < _ACCOUNT_LIFE_S:
            return self._account[1]
        try:
            async with asyncio.timeout(_LOOK_S):
                account = await self._client.account()
        except TimeoutError as error:
            raise RemoteFailed(f"no answer within {_LOOK_S} s", template=AWAY) from error
        self._account = time.monotonic(), account
        return account


def _mask(png: bytes, request: DrawRequest) -> bytes:
    """Where a picture of ours has holes, cut as `_fitted` cuts the picture."""
    with Image.open(io.BytesIO(png), formats=["PNG"]) as image:
        return mask_of(request.holes, image.size, (request.width, request.height))


def _small(png: bytes) -> bytes:
    """A picture of ours as a PNG of a size that is enough for its look."""
    out = io.BytesIO()
    with Image.open(io.BytesIO(png), formats=["PNG"]) as image:
        rgb = image.convert("RGB")
        rgb.thumbnail((_LOOK_SIDE, _LOOK_SIDE), Image.Resampling.LANCZOS)
        rgb.save(out, "PNG")
    return out.getvalue()


def _fitted(png: bytes, request: DrawRequest) -> bytes:
    """A picture of ours scaled to cover the request's size and cropped around its middle, as the GPU's engine does."""
    out = io.BytesIO()
    with Image.open(io.BytesIO(png), formats=["PNG"]) as image:
        ImageOps.fit(image.convert("RGB"), (request.width, request.height), Image.Resampling.LANCZOS).save(out, "PNG")
    return out.getvalue()
