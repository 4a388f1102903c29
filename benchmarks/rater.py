"""What rating a picture costs, and how often it is wrong about harmless ones: `python -m benchmarks.rater`.

Pictures go to the real process through the bot's own side of it. Harmless ones are drawn by `mini.artist` from
consecutive seeds, and with `--drawn` by the embedded model too (a second or two each).
"""

import argparse
import asyncio
import io
import statistics
import time
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import psutil
from PIL import Image

from config import Safety
from inference.safety.evidence import PictureEvidence, Rating
from inference.safety.rater.client import Raters
from mini.artist import compose
from mini.artist import draw as drawn_by_artist

SIDES = (256, 1024)  # of genga-mini's pictures, and of what big checkpoints draw
TIMED = 200
NOT_KNOWN = """Not known, because no such picture was or will be used here:
  how many explicit, questionable or suggestive pictures are found (recall), and how it does on the pictures of any
  checkpoint but genga-mini; nsfwjs's authors say 90 % of their own set for its small models
  whether anything at all can be said of apparent ages: nsfwjs cannot, and no qualified tagger is installed
  how well it tells a photograph from a drawing: the sign is weak, and no photograph was tried
  what a WD14 tagger costs on a CPU: none was at hand"""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.rater", description=__doc__)
    parser.add_argument("--seed", type=int, default=910_000, help="of the first picture")
    parser.add_argument("--pictures", type=int, default=1000, help="how many the artist draws")
    parser.add_argument("--drawn", type=int, default=0, help="how many the embedded model draws")
    parser.add_argument("--tagger", default="", help="folder of a tagger that looks as well")
    options = parser.parse_args()
    asyncio.run(_measure(options))


async def _measure(options: argparse.Namespace) -> None:
    began = time.perf_counter()
    async with Raters(Safety(tagger=options.tagger)) as raters:
        pid = await raters.ready()
        print(f"cold start                {time.perf_counter() - began:8.2f} s, the self-test included")
        process = psutil.Process(pid)
        for side in SIDES:
            await _time(raters, process, side, options.seed)
        print(f"memory of the process     {process.memory_info().rss / 2**20:8.0f} MiB")
        print(f"rated by                  {(await raters.first_answer()).name}")
        if options.pictures:
            files = _by_artist(options.seed, options.pictures)
            await _count(raters, "the artist", options.seed, files, options.pictures)
        if options.drawn:
            files = _by_model(options.seed, options.drawn)
            await _count(raters, "genga-mini", options.seed, files, options.drawn)
    print(NOT_KNOWN)


async def _time(raters: Raters, process: psutil.Process, side: int, seed: int) -> None:
    """Latency one by one, the decoding of the PNG included, and how many a second that makes.

    The CPU time beside it says what is left of it when nobody else wants the processors.
    """
    files = [_png(drawn_by_artist(compose(seed + at), side).pixels) for at in range(10)]
    taken_ms: list[float] = []
    before_s = sum(process.cpu_times()[:2])
    for at in range(TIMED):
        began = time.perf_counter()
        await raters.rate(files[at % len(files)])
        taken_ms.append((time.perf_counter() - began) * 1000)
    parts = statistics.quantiles(taken_ms, n=100)
    many, cpu_ms = 1000 / statistics.mean(taken_ms), (sum(process.cpu_times()[:2]) - before_s) * 1000 / TIMED
    figures = f"p50 {parts[49]:6.1f} ms   p99 {parts[98]:6.1f} ms   CPU {cpu_ms:5.1f} ms   {many:4.0f} a second"
    print(f"{side:4} px, {TIMED} pictures     {figures}")


async def _count(raters: Raters, who: str, seed: int, files: Iterable[bytes], of: int) -> None:
    """How many of harmless pictures would be withheld: whatever is not rated general."""
    seen: list[PictureEvidence] = []
    for file in files:
        seen.append(await raters.rate(file))
    wrong = [each for each in seen if each.rating is not Rating.GENERAL]
    photos = sum(bool(each.photo) for each in seen)
    low, high = _wilson(len(wrong), of)
    print(
        f"withheld of {of} harmless pictures by {who}, seeds from {seed}: {len(wrong)} "
        f"= {100 * len(wrong) / of:.2f} % (95 %: {100 * low:.2f} to {100 * high:.2f} %); photo-like: {photos}"
    )


def _by_artist(seed: int, count: int) -> Iterator[bytes]:
    for at in range(count):
        yield _png(drawn_by_artist(compose(seed + at), 256).pixels)


def _by_model(seed: int, count: int, batch: int = 4) -> Iterator[bytes]:
    from cogs._surprise import surprise
    from mini import drawing, evaluate

    pipeline = drawing.load()
    written = evaluate.prompts(count, seed)
    # Half of them as the model was trained, half as the bot's own surprises are worded.
    prompts = [written[at].text if at % 2 else surprise(seed + at) for at in range(count)]
    for at in range(0, count, batch):
        some: Sequence[str] = prompts[at : at + batch]
        for pixels in drawing.draw(pipeline, some, [seed + at + each for each in range(len(some))]):
            yield _png(pixels)


def _png(pixels: np.ndarray) -> bytes:
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG", compress_level=1)
    return out.getvalue()


def _wilson(right: int, of: int) -> tuple[float, float]:
    """The 95 % interval of a share."""
    z, share = 1.96, right / of
    middle, spread = share + z * z / (2 * of), z * ((share * (1 - share) + z * z / (4 * of)) / of) ** 0.5
    return max(0.0, (middle - spread) / (1 + z * z / of)), (middle + spread) / (1 + z * z / of)


if __name__ == "__main__":
    main()
