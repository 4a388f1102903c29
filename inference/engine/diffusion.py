"""The real engine: readies the checkpoint that is wanted and sends every request to the file that can draw it."""

import os
from collections.abc import Iterator, Mapping, Sequence
from functools import partial

import torch
from diffusers.utils import logging as diffusers_logging
from transformers.utils import logging as transformers_logging

from inference.engine import image_to_image, text_to_image
from inference.engine.extras import Extras
from inference.engine.precision import drawn_in_what_it_takes
from inference.engine.room import Room
from inference.engine.watch import Watch
from inference.errors import DrawingFailed
from inference.messages import NO_FILES, Files, Phase
from inference.models.catalog import Model
from inference.models.families import FLOW
from inference.models.loading import Checkpoint, pick_device, pick_dtype
from inference.models.memory import Budget, LowVram
from inference.models.shelf import Shelf, budget_of
from inference.pixels import Pixels, from_png
from inference.request import DrawRequest, Sampler, steps_run, text_sha256


class Diffusion:
    """Draws with diffusers; one request at a time."""

    def __init__(
        self,
        *,
        threads: int,
        vram_bytes: int = 0,
        ram_bytes: int = 0,
        low_vram: LowVram = LowVram.AUTO,
        budget: Budget | None = None,
    ) -> None:
        torch.set_num_threads(threads or os.cpu_count() or 1)
        # The same request on the same machine gives the same bytes.
        torch.use_deterministic_algorithms(True, warn_only=True)
        torch.backends.cudnn.benchmark = False
        # Both libraries' warnings quote the prompt, and prompts are never logged.
        diffusers_logging.set_verbosity_error()
        diffusers_logging.disable_progress_bar()
        transformers_logging.set_verbosity_error()
        transformers_logging.disable_progress_bar()
        self._device = pick_device()
        budget = budget or budget_of(self._device, vram_bytes=vram_bytes, ram_bytes=ram_bytes, low_vram=low_vram)
        self.shelf = Shelf(self._device, budget)
        self._extras = Extras()
        self.shelf.before_move = self._extras.take_off
        self.torch_version = str(torch.__version__)

    def device(self) -> tuple[str, int]:
        """The device's name, for people, and its memory in bytes."""
        if self._device.type == "cuda":
            properties = torch.cuda.get_device_properties(self._device)
            return properties.name, properties.total_memory
        return f"CPU, {torch.get_num_threads()} threads", 0

    def budget(self) -> tuple[Budget | None, bool]:
        """What may be used of this machine's memory, and whether weights are kept in half precision."""
        return self.shelf.budget, pick_dtype(self._device) is torch.float16

    def ready(self) -> Sequence[str]:
        """The checkpoints that can draw without being moved, the one used last first."""
        return self.shelf.ready()

    def release(self) -> None:
        """Give the device back until the next request."""
        self.shelf.release()

    def prove(self, model: Model) -> None:
        """Load `model` and draw a small test picture: a worker is well when it has drawn, not when it exists."""
        side = model.min_side
        request = DrawRequest(
            prompt="", negative="", text_sha256=text_sha256("", ""), model=model.name, model_sha256="",
            width=side, height=side,
            steps=2, guidance=2.0, sampler=Sampler(model.sampler), clip_skip=1, seed=0, count=1,
        )  # fmt: skip
        watch = Watch(lambda *_: None, lambda: False, steps=2, preview_interval_s=0)
        for _ in self.draw(request, model, {}, watch):
            pass

    def steps(self, request: DrawRequest) -> int:
        """How many steps `request` will report, over all its pictures."""
        return request.count * steps_run(request)

    @torch.inference_mode()
    def draw(
        self,
        request: DrawRequest,
        model: Model,
        inputs: Mapping[str, bytes],
        watch: Watch,
        files: Files = NO_FILES,
    ) -> Iterator[Pixels]:
        """Every picture of `request` as soon as it is finished; picture i is drawn alone, from seed + i.

        `inputs` are the PNG bytes of pictures it starts from, `files` where its LoRAs and embeddings lie, by sha256.
        """
        if text_sha256(request.prompt, request.negative) != request.text_sha256:
            raise DrawingFailed("the text is not the one that was judged")
        source = from_png(inputs[request.image]) if request.image else None
        room = Room(self.shelf, model, request, watch, lambda: watch.phase(Phase.LOADING))

        def picture(seed: int, checkpoint: Checkpoint) -> Pixels:
            with self._extras.worn(checkpoint, request, files, watch):
                if model.family in FLOW:
                    from inference.engine import flow  # its imports take seconds that other families need not wait for

                    return flow.draw(checkpoint, request, seed, watch, picture=source)
                return drawn_in_what_it_takes(checkpoint, partial(by_our_loop, seed), watch)

        def by_our_loop(seed: int, checkpoint: Checkpoint) -> Pixels:
            if source is None:
                return text_to_image.draw(checkpoint, request, seed, watch)
            return image_to_image.draw(checkpoint, request, seed, watch, picture=source)

        try:
            for seed in range(request.seed, request.seed + request.count):
                yield room.drawn(partial(picture, seed))
        finally:
            self.shelf.rest()

    def checkpoint(self, model: Model) -> Checkpoint:
        """The checkpoint of `model`, ready for a picture of its own square size."""
        return self.shelf.checkpoint(model, *model.sizes["square"])
