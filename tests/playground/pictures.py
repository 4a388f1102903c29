"""Pictures made on the spot."""

import struct
import zlib


def png(width: int, height: int) -> bytes:
    """A valid white PNG of that size."""
    rows = b"".join(b"\0" + b"\xff" * width for _ in range(height))
    chunks = (
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)), (b"IDAT", zlib.compress(rows)), (b"IEND", b""),
    )  # fmt: skip
    parts = [
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)
