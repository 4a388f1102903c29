"""What torch and onnxruntime can do here, as JSON on standard output: `python -m inference.engine.probe`.

A process of its own, because importing torch takes seconds, and what is wrong with a driver can end a process. Nothing
is concluded here; `deploy/check_gpu.py` does that.
"""

import base64
import json
from typing import Any

# An ONNX model of one Identity operator on one number: (input "x") -> (output "y"), IR version 8, opset 13.
_IDENTITY = base64.b64decode("CAg6NwoQCgF4EgF5IghJZGVudGl0eRIBZ1oPCgF4EgoKCAgBEgQKAggBYg8KAXkSCgoICAESBAoCCAFCAhAN")


def torch_facts() -> dict[str, Any]:
    """Its version, what it was built for, the GPUs it sees, and what goes wrong when it uses the first."""
    facts: dict[str, Any] = {"version": "", "cuda": "", "gpus": [], "error": ""}
    try:
        import torch

        facts["version"] = str(torch.__version__)
        facts["cuda"] = torch.version.cuda or torch.version.hip or ""
        if torch.cuda.is_available():
            count = torch.cuda.device_count()
            facts["gpus"] = [torch.cuda.get_device_properties(number).name for number in range(count)]
            torch.ones(8, device="cuda").sum().item()
    except Exception as error:  # noqa: BLE001 - whatever it is, it is the finding
        facts["error"] = f"{type(error).__name__}: {error}"
    return facts


def onnx_facts() -> dict[str, Any]:
    """Its version, the providers it was built with, the one that ran a model, and what went wrong."""
    facts: dict[str, Any] = {"version": "", "providers": [], "used": "", "error": ""}
    try:
        import numpy as np
        import onnxruntime

        facts["version"] = onnxruntime.__version__
        facts["providers"] = list(onnxruntime.get_available_providers())
        onnxruntime.set_default_logger_severity(4)  # a provider that does not load says so at length
        onnxruntime.preload_dlls()  # CUDA's libraries lie in packages of their own
        wanted = [name for name in facts["providers"] if name in {"CUDAExecutionProvider", "CPUExecutionProvider"}]
        session = onnxruntime.InferenceSession(_IDENTITY, providers=wanted)
        session.run(None, {"x": np.ones(1, np.float32)})
        facts["used"] = session.get_providers()[0]
    except Exception as error:  # noqa: BLE001 - as above
        facts["error"] = f"{type(error).__name__}: {error}"
    return facts


if __name__ == "__main__":
    print(json.dumps({"torch": torch_facts(), "onnx": onnx_facts()}))  # noqa: T201 - it is the answer
