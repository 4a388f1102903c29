"""The holes of a picture: their shape survives being written into a request, and nothing else is taken for one."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from inference.decoder import decode
from inference.holes import MAX_CHARS, holes_in, mask_of


def picture(holes: tuple[int, int, int, int] | None, size: tuple[int, int] = (300, 200)) -> bytes:
    image, out = Image.new("RGBA", size, "orange"), io.BytesIO()
    if holes:
        image.paste((0, 0, 0, 0), holes)
    image.save(out, "PNG")
    return out.getvalue()


async def test_where_a_picture_is_transparent_it_has_holes() -> None:
    decoded = await decode(picture((0, 0, 150, 200)))
    mask = Image.open(io.BytesIO(mask_of(decoded.holes, (decoded.width, decoded.height), (832, 1216))))
    assert (mask.size, mask.mode) == ((832, 1216), "L")
    # Cut around its middle as the picture is: left half holes, right half none, edges between cells of eight pixels.
    assert [mask.getpixel((x, 600)) for x in (0, 400, 432, 831)] == [255, 255, 0, 0]
    edges = [x for x in range(1, 832) if mask.getpixel((x, 600)) != mask.getpixel((x - 1, 600))]
    assert len(edges) == 1 and edges[0] % 8 == 0
    with Image.open(io.BytesIO(decoded.png)) as kept:  # nothing of what lay under them
        assert (kept.mode, kept.getpixel((10, 10)), kept.getpixel((290, 10))) == ("RGB", (255,) * 3, (255, 165, 0))


async def test_a_picture_that_is_all_there_or_all_hole_has_none() -> None:
    assert (await decode(picture(None))).holes == (await decode(picture((0, 0, 300, 200)))).holes == ""


@given(st.binary(min_size=64 * 48, max_size=64 * 48))
def test_any_holes_fit_into_a_request_and_come_out_of_it(alpha: bytes) -> None:
    holes = holes_in(alpha, 64, 48)
    assert len(holes) <= MAX_CHARS
    if holes:
        mask_of(holes, (64, 48), (512, 384))


@pytest.mark.parametrize(
    "text", ["", "x", "0x1:", "9x9:", "999x1:AAAA", "8x8:eJwDAAAAAAE=", "8x8:" + "A" * 5000, "²x2:"]
)
def test_what_is_no_such_text_is_none(text: str) -> None:
    with pytest.raises(ValueError, match="no holes"):
        mask_of(text, (8, 8), (64, 64))
