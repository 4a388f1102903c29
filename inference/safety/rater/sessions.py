"""Networks run by onnxruntime on the CPU: the GPU belongs to the drawing."""

import numpy as np
import onnxruntime

ERRORS_ONLY = 3


def opened(file: bytes, *, threads: int) -> onnxruntime.InferenceSession:
    """The network in an `.onnx` file; 0 threads: as many as the machine has."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = ERRORS_ONLY
    # Threads that wait by spinning starve those that draw.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return onnxruntime.InferenceSession(file, options, providers=["CPUExecutionProvider"])


def run(session: onnxruntime.InferenceSession, batch: np.ndarray) -> np.ndarray:
    """Its first output for its only input."""
    found = session.run(None, {session.get_inputs()[0].name: batch})[0]
    assert isinstance(found, np.ndarray)
    return found
