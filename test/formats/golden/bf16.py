"""PyTorch's rounding of f32 to bfloat16, at ties, limits, subnormal numbers and at random.

Writes bf16.json beside this file: pairs of the bits of an f32 number and those of the bfloat16 that it becomes.

    /usr/bin/python3 test/formats/golden/bf16.py      (PyTorch 1.13, numpy 1.24)
"""
import json
import os

import numpy as np
import torch

random = np.random.default_rng(1)
# every kind of lower half (below, at and above the tie) behind even and odd upper halves, of normal and subnormal numbers
upper = np.array([0x0000, 0x0001, 0x0002, 0x007F, 0x0080, 0x3F80, 0x3F81, 0x7F7E, 0x7F7F, 0x7F80], dtype=np.uint32)
lower = np.array([0x0000, 0x0001, 0x7FFF, 0x8000, 0x8001, 0xFFFF], dtype=np.uint32)
near = ((upper[:, None] << 16) | lower[None, :]).ravel()
near = near[(near < 0x7F800001)]  # infinity, no NaN
words = np.concatenate([near, near | 0x80000000, random.integers(0, 0x7F800000, 300, dtype=np.uint32)])
words = words.astype(np.uint32)

rounded = torch.from_numpy(words.view(np.float32)).to(torch.bfloat16).view(torch.int16).numpy().astype(np.uint16)
with open(os.path.join(os.path.dirname(__file__), "bf16.json"), "w") as f:
    json.dump({"torch": torch.__version__, "pairs": [[int(w), int(r)] for w, r in zip(words, rounded)]}, f)
    f.write("\n")
