"""A safetensors file written from the description of the format, with the standard library only.

Writes golden.safetensors beside this file: every format of ours, a scalar, an empty tensor, the special values, a name that
JSON has to escape, and metadata. Wide types first, then by name; the header is padded to eight bytes.

    /usr/bin/python3 test/train/golden/safetensors.py      (Python 3.11)
"""
import json
import os
import struct

inf, nan = float("inf"), float("nan")
tensors = [
    ("a.f64", "F64", "d", [2, 2], [0.1, -0.0, 5e-324, -inf]),
    ("scalar", "F64", "d", [], [1 / 3]),
    ("empty", "F32", "f", [0, 3], []),
    ("fc1.weight", "F32", "f", [2, 3], [1.5, -0.0, 1e-45, inf, nan, 3.4028234663852886e38]),
    ("labels", "I32", "i", [3], [-(2**31), 0, 2**31 - 1]),
    # 65504 is the largest half, 2^-14 the smallest normal one, 2^-24 the smallest
    ("half", "F16", "e", [9], [0.0, -0.0, 1.0, -2.5, 65504.0, 2.0**-14, 2.0**-24, -1023 * 2.0**-24, -inf]),
    ('mask "é"', "BOOL", "B", [5], [1, 0, 0, 1, 1]),
]
header = {"__metadata__": {"epoch": "3", "note": "two\nlines"}}
data = b""
for name, dtype, code, shape, values in tensors:
    begin = len(data)
    data += struct.pack(f"<{len(values)}{code}", *values)
    header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [begin, len(data)]}
text = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode()
text += b" " * (-len(text) % 8)
with open(os.path.join(os.path.dirname(__file__), "golden.safetensors"), "wb") as f:
    f.write(struct.pack("<Q", len(text)) + text + data)
