"""What one picture costs: `python -m benchmarks.draw [FOLDER]`, ours beside the stock diffusers pipeline, in one run.

CPU time is summed over all threads, because wall time on a shared machine says little; the two are drawn in turns, so
that whatever else the machine does meets both. Medians are printed, with the fastest and slowest run.
"""

import argparse
import itertools
import os
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import torch

from inference.engine.diffusion import Diffusion
from inference.engine.preview import preview_pixels
from inference.engine.watch import Watch
from inference.messages import Phase
from inference.models.catalog import Model, load_catalog
from inference.models.loading import Checkpoint
from inference.pixels import to_png, to_preview
from inference.request import DrawRequest, Sampler, text_sha256
from inference.sampling import make_scheduler


@dataclass(slots=True)
class Clock:
    """CPU and wall seconds by name, one entry a run."""

    cpu_s: dict[str, list[float]] = field(default_factory=dict)
    wall_s: dict[str, list[float]] = field(default_factory=dict)

    @contextmanager
    def running(self, name: str) -> Iterator[None]:
        """Charge what happens in the block to `name`."""
        cpu, wall = time.process_time(), time.perf_counter()
        yield
        self.add(name, time.process_time() - cpu, time.perf_counter() - wall)

    def add(self, name: str, cpu_s: float, wall_s: float) -> None:
        """One run of `name`."""
        self.cpu_s.setdefault(name, []).append(cpu_s)
        self.wall_s.setdefault(name, []).append(wall_s)

    def median_s(self, name: str) -> float:
        """The median CPU time of `name`."""
        return statistics.median(self.cpu_s[name])

    def line(self, name: str) -> str:
        """One row of the table."""
        cpu = self.cpu_s[name]
        wall = statistics.median(self.wall_s[name])
        return f"{name:<28}{self.median_s(name):9.3f}  {min(cpu):7.3f} – {max(cpu):<7.3f}{wall:9.3f}"


def main() -> None:
    """Measure and print."""
    options = _options()
    model = load_catalog().models["genga-mini"]
    if options.folder:
        model = replace(model, path=str(options.folder.resolve()))
    engine = Diffusion(threads=options.threads)
    request = _request(model, options.steps)
    clock = Clock()
    engine.prove(model)
    checkpoint = engine.checkpoint(model)
    for _ in range(options.repeats):
        with clock.running("ours, whole picture"):
            _draw(engine, model, request, clock)
        with clock.running("ours, previews every step"):
            _draw(engine, model, request, None, preview_interval_s=1e-9)
        with clock.running("stock diffusers pipeline"):
            _draw_stock(checkpoint, request)
        _measure_parts(checkpoint, request, clock)
    _print(clock, request, options)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition(":")[0] if __doc__ else None)
    parser.add_argument("folder", nargs="?", type=Path, help="another checkpoint of the embedded model's shape")
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    return parser.parse_args()


def _request(model: Model, steps: int) -> DrawRequest:
    prompt = "1girl, blue hair, red eyes, smile, school uniform, outdoors"
    return DrawRequest(
        prompt=prompt, negative="hat", text_sha256=text_sha256(prompt, "hat"), model=model.name, model_sha256="",
        width=256, height=256, steps=steps, guidance=model.guidance, sampler=Sampler(model.sampler),
        clip_skip=model.clip_skip, seed=7, count=1,
    )  # fmt: skip


def _draw(
    engine: Diffusion, model: Model, request: DrawRequest, clock: Clock | None, *, preview_interval_s: float = 0.0
) -> None:
    """One picture; its phases go to `clock`, each lasting until the next one begins."""
    marks: list[tuple[Phase, float, float]] = []

    def report(phase: Phase, _step: int, _steps: int, _preview: bytes | None) -> None:
        if not marks or marks[-1][0] is not phase:
            marks.append((phase, time.process_time(), time.perf_counter()))

    watch = Watch(report, lambda: False, steps=request.steps, preview_interval_s=preview_interval_s)
    for _ in engine.draw(request, model, {}, watch):
        pass
    marks.append((Phase.SAVING, time.process_time(), time.perf_counter()))
    if clock:
        for (phase, cpu, wall), (_, next_cpu, next_wall) in itertools.pairwise(marks):
            clock.add(f"  {phase}", next_cpu - cpu, next_wall - wall)


def _draw_stock(checkpoint: Checkpoint, request: DrawRequest) -> None:
    """The same picture by the pipeline's own __call__, with the same networks and sampler."""
    pipe = checkpoint.pipe
    kept, pipe.scheduler = pipe.scheduler, make_scheduler(request.sampler, pipe.scheduler)
    pipe.set_progress_bar_config(disable=True)
    pipe(
        request.prompt, negative_prompt=request.negative, width=request.width, height=request.height,
        num_inference_steps=request.steps, guidance_scale=request.guidance,
        generator=torch.Generator("cpu").manual_seed(request.seed), output_type="np",
    )  # fmt: skip
    pipe.scheduler = kept


def _measure_parts(checkpoint: Checkpoint, request: DrawRequest, clock: Clock) -> None:
    """One preview and one PNG, each many times over, because a single one is too short to measure."""
    latents = torch.randn(1, 4, request.height // 8, request.width // 8)
    pixels = preview_pixels(torch.randn(1, 4, request.height, request.width), checkpoint.preview)
    _average(clock, "one preview", 50, lambda: to_preview(preview_pixels(latents, checkpoint.preview)))
    _average(clock, "one PNG (noise)", 5, lambda: to_png(pixels, {}))


def _average(clock: Clock, name: str, times: int, work: Callable[[], object]) -> None:
    cpu, wall = time.process_time(), time.perf_counter()
    for _ in range(times):
        work()
    clock.add(name, (time.process_time() - cpu) / times, (time.perf_counter() - wall) / times)


def _print(clock: Clock, request: DrawRequest, options: argparse.Namespace) -> None:
    print(f"{request.width}x{request.height}, {request.steps} guided steps, {request.sampler}, "
          f"{options.threads} threads, torch {torch.__version__}, {options.repeats} runs in turns")  # fmt: skip
    print(f"{'':<28}{'CPU s':>9}  {'fastest – slowest':<17}{'wall s':>8}")
    for name in clock.cpu_s:
        print(clock.line(name))
    ours, stock = clock.median_s("ours, whole picture"), clock.median_s("stock diffusers pipeline")
    print(f"ours / stock, CPU time:              {ours / stock:6.3f}")
    share = clock.median_s("one preview") * request.steps / clock.median_s("  drawing")
    print(f"a preview at every step / drawing:   {share:6.2%}")
    print(f"measured end to end, same thing:     {clock.median_s('ours, previews every step') / ours - 1:+6.2%}")


if __name__ == "__main__":
    main()
