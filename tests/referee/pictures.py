"""Files that people attach."""

import io

from PIL import Image, PngImagePlugin


def png(side: int = 96, *, says: str = "") -> bytes:
    """A square picture, orange fading to blue; `says` is the infotext that it carries."""
    image = Image.linear_gradient("L").resize((side, side))
    picture = Image.merge("RGB", (image, image.rotate(90), image.rotate(180)))
    out = io.BytesIO()
    texts = PngImagePlugin.PngInfo()
    if says:
        texts.add_text("parameters", says)
    picture.save(out, "PNG", pnginfo=texts)
    return out.getvalue()
