"""Says which PyTorch this is, and on which device it computes, as one line of JSON. Argument: cpu or cuda."""
import json
import platform
import sys

import torch

wished = sys.argv[1] if len(sys.argv) > 1 else None
device = wished or ("cuda" if torch.cuda.is_available() else "cpu")
if device == "cuda" and not torch.cuda.is_available():
    sys.exit("this PyTorch has no CUDA device")
print(
    json.dumps(
        {
            "device": device,
            "torch": torch.__version__,
            "name": torch.cuda.get_device_name() if device == "cuda" else platform.processor() or "cpu",
            "cuda": torch.version.cuda,
            "cudnn": torch.backends.cudnn.version(),
        }
    )
)
