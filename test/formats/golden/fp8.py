"""The numbers of all bit patterns of float8 e4m3 and e5m2, and how f32 numbers are rounded to them, by ml_dtypes.

PyTorch has these types from 2.1 on; ml_dtypes holds JAX's and TensorFlow's definitions of the same types (e4m3fn, e5m2).
Writes fp8.json beside this file: for each format the bits of the f32 number of each pattern, and pairs of the bits of an f32 number and the pattern
that it becomes; a NaN is written as -1.

    pip install ml_dtypes numpy && python3 test/formats/golden/fp8.py      (ml_dtypes 0.6.0, numpy 2.4)
"""
import json
import os

import ml_dtypes
import numpy as np

random = np.random.default_rng(1)


def words(values):
    return [-1 if np.isnan(v) else int(np.float32(v).view(np.uint32)) for v in values]


def golden(dtype):
    numbers = np.arange(256, dtype=np.uint8).view(dtype).astype(np.float32)
    finite = np.unique(numbers[np.isfinite(numbers) & (numbers >= 0)])
    middles = (finite[1:] + finite[:-1]) / 2
    largest = finite[-1]
    beyond = largest * np.array([1.01, 1.03, 464 / 448, 1.05, 480 / 448, 61440 / 57344, 1.1, 1.2, 2, 1e9], dtype=np.float32)
    near = [np.nextafter(middles, np.float32(d), dtype=np.float32) for d in (0, np.inf)]
    drawn = np.exp2(random.uniform(-20, 20, 200)).astype(np.float32)
    values = np.concatenate([finite, middles, *near, beyond, drawn, [np.inf]]).astype(np.float32)
    values = np.concatenate([values, -values])
    rounded = values.astype(dtype)
    bits = [-1 if np.isnan(np.float32(r)) else int(b) for r, b in zip(rounded, rounded.view(np.uint8))]
    return {"numbers": words(numbers), "pairs": [list(pair) for pair in zip(words(values), bits)]}


formats = {"e4m3": golden(ml_dtypes.float8_e4m3fn), "e5m2": golden(ml_dtypes.float8_e5m2)}
with open(os.path.join(os.path.dirname(__file__), "fp8.json"), "w") as f:
    json.dump({"ml_dtypes": ml_dtypes.__version__, **formats}, f)
    f.write("\n")
