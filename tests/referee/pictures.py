"""Files that people attach."""

import io

from PIL import Image


def png(side: int = 96) -> bytes:
    """A square picture, orange fading to blue."""
    image = Image.linear_gradient("L").resize((side, side))
    picture = Image.merge("RGB", (image, image.rotate(90), image.rotate(180)))
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()
