"""Two small MAT-files as SciPy writes them: images and labels in SVHN's layout, among arrays of other kinds.

Writes plain.mat (not compressed, y as double), deflated.mat (compressed, y as uint8) and mat.json beside this file. The
values are formulas, so that the tests can tell them without these files: X[h, w, c, n] = (7h + 13w + 61c + 101n) mod 256.

    python3 test/data/golden/mat.py      (SciPy 1.17.1, NumPy 2.4.6)
"""
import json
import os

import numpy as np
import scipy.io

here = os.path.dirname(os.path.abspath(__file__))
h, w, c, n = np.meshgrid(np.arange(32), np.arange(32), np.arange(3), np.arange(3), indexing="ij")
X = ((7 * h + 13 * w + 61 * c + 101 * n) % 256).astype(np.uint8)
y = np.array([[10], [1], [9]])

others = {"note": "text", "cells": np.array(["a", 1.5], dtype=object), "fields": {"p": 1, "q": [2, 3]}, "none": np.zeros((0, 2))}
scipy.io.savemat(f"{here}/plain.mat", {**others, "X": X, "y": y.astype(np.float64)}, do_compression=False)
scipy.io.savemat(f"{here}/deflated.mat", {"y": y.astype(np.uint8), "X": X, **others}, do_compression=True)

numbers = {
    "int8": np.array([[-128, 127, 1]], np.int8),
    "int16": np.array([[-32768], [32767]], np.int16),
    "uint16": np.array([[65535, 1]], np.uint16),
    "int32": np.array([[-2147483648, 2147483647]], np.int32),
    "uint32": np.array([[4294967295]], np.uint32),
    "single": np.array([[0.1, -2.5e-30]], np.float32),
    "double": np.array([[0.1, 1e300], [np.inf, -0.0]]),
}
scipy.io.savemat(f"{here}/numbers.mat", {**numbers, "complex": np.array([[1 + 2j]])})
values = {name: [repr(float(x)) for x in array.flatten(order="F")] for name, array in numbers.items()}
with open(f"{here}/mat.json", "w") as file:
    json.dump({"scipy": scipy.__version__, "numpy": np.__version__, "values": values}, file, indent=1)
