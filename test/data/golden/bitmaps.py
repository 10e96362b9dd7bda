"""Golden images of the kinds that the library decodes itself: PGM, PPM and BMP.

Writes bitmaps.json beside this file: for each file its content (base64) and `Image.open(file).convert("RGB")` (base64, width, height),
or null where Pillow refuses it.

    python3 test/data/golden/bitmaps.py      (Pillow 9.4)
"""
import base64
import io
import json
import os
import random
import struct

import PIL
from PIL import Image

random.seed(2)
W, H = 7, 5


def netpbm(magic, maxval, wide, header=None):
    bands = 3 if magic == b"P6" else 1
    values = [random.randint(0, maxval) for _ in range(W * H * bands)]
    values[:2] = [0, maxval]
    data = struct.pack(f">{len(values)}{'H' if wide else 'B'}", *values)
    return (header or b"%s\n%d %d\n%d\n" % (magic, W, H, maxval)) + data


def bmp(bits, *, height=H, size=40, colours=0, compression=0, masks=b"", pixels=None, palette=None):
    stride = (W * bits + 31) // 32 * 4
    entries = colours or 2**bits
    if palette is None:
        palette = random.randbytes(entries * (3 if size == 12 else 4)) if bits <= 8 else b""
    if pixels is None:
        pixels = random.randbytes(stride * abs(height))
    if size == 12:
        info = struct.pack("<IHHHH", 12, W, height, 1, bits)
    else:
        info = struct.pack("<IiiHHIIiiII", size, W, height, 1, bits, compression, len(pixels), 2835, 2835, colours, 0)
        info += masks + bytes(size - 40 - len(masks) if size > 40 else 0)
    offset = 14 + len(info) + len(palette)
    return b"BM" + struct.pack("<IHHI", offset + len(pixels), 0, 0, offset) + info + palette + pixels


usual = struct.pack("<III", 0xFF0000, 0xFF00, 0xFF)
rgb = Image.frombytes("RGB", (W, H), random.randbytes(W * H * 3))
saved = io.BytesIO()
rgb.save(saved, "BMP")
p6, p5 = netpbm(b"P6", 255, False), netpbm(b"P5", 255, False)
files = {
    "p6.ppm": p6,
    "p5.pgm": p5,
    "p6-100.ppm": netpbm(b"P6", 100, False),
    "p5-3.pgm": netpbm(b"P5", 3, False),
    "p5-170.pgm": netpbm(b"P5", 170, False),
    "p6-16-bit.ppm": netpbm(b"P6", 65535, True),
    "p6-1023.ppm": netpbm(b"P6", 1023, True),
    "p5-16-bit.pgm": netpbm(b"P5", 65535, True),
    "p5-4095.pgm": netpbm(b"P5", 4095, True),
    "comments.ppm": netpbm(b"P6", 255, False, b"P6 # one\n#two 9\n 7\t5\r\n# three\n255\n"),
    "trailing.ppm": p6 + b"more",
    "p6-cut.ppm": p6[:-1],
    "p5-cut.pgm": p5[:-1],
    "p5-16-bit-cut.pgm": netpbm(b"P5", 65535, True)[:-1],
    "header.ppm": b"P6\n7 5\n",
    "empty.ppm": b"P6\n0 5\n255\n",
    "maxval.ppm": b"P6\n7 5\n65536\n" + bytes(300),
    "word.ppm": b"P6\nseven 5\n255\n" + bytes(300),
    "pillow.bmp": saved.getvalue(),
    "24.bmp": bmp(24),
    "24-top-down.bmp": bmp(24, height=-H),
    "24-core.bmp": bmp(24, size=12),
    "24-v5.bmp": bmp(24, size=124),
    "32.bmp": bmp(32),
    "32-fields.bmp": bmp(32, compression=3, masks=usual, size=108),
    "8.bmp": bmp(8),
    "8-core.bmp": bmp(8, size=12),
    "8-few-colours.bmp": bmp(8, colours=5, pixels=bytes(random.randint(0, 4) for _ in range(8 * H))),
    "8-grey.bmp": bmp(8, palette=bytes(v for i in range(256) for v in (i, i, i, 0))),
    "4.bmp": bmp(4),
    "1.bmp": bmp(1),
    "24-cut.bmp": bmp(24)[:-4],
    "24-without-padding.bmp": bmp(24)[:-3],
    "8-palette-cut.bmp": bmp(8)[:200],
    "header.bmp": b"BM" + bytes(20),
    "empty.bmp": bmp(24, height=0),
}


def decoded(content):
    try:
        picture = Image.open(io.BytesIO(content)).convert("RGB")
    except Exception:
        return None
    return {"width": picture.width, "height": picture.height, "rgb": base64.b64encode(picture.tobytes()).decode()}


result = {name: {"content": base64.b64encode(content).decode(), "image": decoded(content)} for name, content in files.items()}
path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "bitmaps.json")
with open(path, "w") as file:
    json.dump({"pillow": PIL.__version__, "files": result}, file, indent=1)
    file.write("\n")
