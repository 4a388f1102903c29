"""What libraries raise while they draw, as errors of our own tree; the one place where that is translated."""

import os
import sys
import traceback

from inference.errors import FULL, DrawingFailed, GengaError, OutOfMemory, StorageFull
from inference.request import Request

# torch's classes are known by name here: importing it would take the stand-in engine of the tests a second.
_OUT_OF_MEMORY = ("OutOfMemoryError", "MemoryError")
_OUT_OF_MEMORY_WORDS = ("out of memory", "can't allocate memory", "CUBLAS_STATUS_ALLOC_FAILED")
# After one of these every later call on the device fails until the process ends.
_STICKY_WORDS = ("CUDA error", "device-side assert", "CUDNN_STATUS_EXECUTION_FAILED", "uncorrectable ECC")


def is_out_of_memory(error: Exception) -> bool:
    """Whether the device, or the machine, has no memory left for what was tried."""
    detail = f"{type(error).__name__}: {error}"
    return type(error).__name__ in _OUT_OF_MEMORY or any(words in detail for words in _OUT_OF_MEMORY_WORDS)


def translated(error: Exception, request: Request) -> GengaError:
    """The error to report for `error`; does not return if it has made the device unusable."""
    if isinstance(error, GengaError):
        return error
    detail = f"{type(error).__name__}: {error}"
    if is_out_of_memory(error):
        return OutOfMemory(detail, width=request.width, height=request.height)
    traceback.print_exception(error)
    if any(words in detail for words in _STICKY_WORDS):
        sys.stderr.flush()
        os._exit(4)
    if isinstance(error, OSError) and error.errno in FULL:
        return StorageFull(detail)
    return DrawingFailed(detail)
