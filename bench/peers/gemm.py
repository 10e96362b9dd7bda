"""Rate of products of two 1024 × 1024 matrices with PyTorch, in GFLOP/s."""
import json

import torch
from common import arguments, median_ms

given = arguments()
SIZE = 1024


def rate(dtype):
    a, b, out = (torch.randn(SIZE, SIZE, dtype=dtype) for _ in range(3))
    return 2 * SIZE**3 / median_ms(lambda: torch.mm(a, b, out=out), given.seconds) / 1e6


print(json.dumps({"f32": rate(torch.float32), "f64": rate(torch.float64)}))
