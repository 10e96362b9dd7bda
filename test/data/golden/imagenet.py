"""Golden images: files, and the bytes that torchvision's loader and transforms make of them, by Pillow.

Writes imagenet.json beside this file: for each file its content (base64) and `Image.open(file).convert("RGB")` (base64,
width, height), or that Pillow refuses it; for one image and several sizes `resize(size, BILINEAR)`.

    python3 test/data/golden/imagenet.py      (Pillow 12.3)
"""
import base64
import io
import json
import os
import random
import struct
import zlib

from PIL import Image, ImageCms

random.seed(1)
WIDTH, HEIGHT = 21, 15


def pixels(channels):
    return bytes(
        max(0, min(255, 128 + (x * 7 + y * 3 + k * 40) % 97 * 2 - 96 + random.randint(-20, 20)))
        for y in range(HEIGHT)
        for x in range(WIDTH)
        for k in range(channels)
    )


def image(mode):
    return Image.frombytes(mode, (WIDTH, HEIGHT), pixels(len(mode)))


def saved(picture, format, **options):
    file = io.BytesIO()
    picture.save(file, format, **options)
    return file.getvalue()


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def deep_png(colour, channels):
    """A PNG of 16 bits a channel, which Pillow cannot write."""
    header = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 16, colour, 0, 0, 0)
    rows = b"".join(b"\0" + random.randbytes(WIDTH * channels * 2) for _ in range(HEIGHT))
    parts = [chunk(b"IHDR", header), chunk(b"IDAT", zlib.compress(rows)), chunk(b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


rgb, grey, rgba = image("RGB"), image("L"), image("RGBA")
cmyk = saved(image("CMYK"), "JPEG", quality=90)
adobe = cmyk.find(b"\xff\xee")
end = adobe + 2 + struct.unpack(">H", cmyk[adobe + 2 : adobe + 4])[0]
rotated = Image.Exif()
rotated[0x0112] = 6
profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
baseline = saved(rgb, "JPEG", quality=85)
half = len(baseline) // 2
palette = rgb.quantize(100)

files = {
    "baseline.jpg": baseline,
    "full chroma.jpg": saved(rgb, "JPEG", quality=95, subsampling=0),
    "progressive.jpg": saved(rgb, "JPEG", quality=85, progressive=True),
    "grey.jpg": saved(grey, "JPEG", quality=85),
    "cmyk.jpg": cmyk,
    "ycck.jpg": cmyk[: end - 1] + b"\2" + cmyk[end:],
    "cmyk without Adobe's marker.jpg": cmyk[:adobe] + cmyk[end:],
    "exif rotation.jpg": saved(rgb, "JPEG", quality=85, exif=rotated),
    "colour profile.jpg": saved(rgb, "JPEG", quality=85, icc_profile=profile),
    "damaged inside.jpg": baseline[:half] + bytes(b ^ 0x55 for b in baseline[half : half + 4]) + baseline[half + 4 :],
    "trailing bytes.jpg": baseline + b"more",
    "rgb.png": saved(rgb, "PNG"),
    "png.JPEG": saved(rgb, "PNG"),
    "rgba.png": saved(rgba, "PNG"),
    "grey alpha.png": saved(image("LA"), "PNG"),
    "one bit.png": saved(grey.point(lambda v: 255 * (v > 128)).convert("1"), "PNG"),
    "palette.png": saved(palette, "PNG"),
    "transparent palette.png": saved(palette, "PNG", transparency=bytes([0, 128] + [255] * 98)),
    "rgb 16 bits.png": deep_png(2, 3),
    "rgba 16 bits.png": deep_png(6, 4),
    "grey 16 bits.png": deep_png(0, 1),
    "grey alpha 16 bits.png": deep_png(4, 2),
    "truncated.jpg": baseline[:half],
    "without its end.jpg": baseline[:-2],
    "truncated.png": saved(rgb, "PNG")[:200],
    "text.jpg": b"no image",
    "empty.jpg": b"",
}


def base64_of(data):
    return base64.b64encode(data).decode()


def opened(data):
    try:
        picture = Image.open(io.BytesIO(data)).convert("RGB")
    except (OSError, SyntaxError):
        return None
    return {"width": picture.width, "height": picture.height, "rgb": base64_of(picture.tobytes())}


def resized(picture, width, height):
    small = picture.resize((width, height), Image.Resampling.BILINEAR)
    return {"width": width, "height": height, "bytes": base64_of(small.tobytes())}


SIZES = [(7, 5), (5, 15), (21, 40), (64, 64), (1, 1), (13, 22), (20, 14)]
golden = {
    "files": {name: {"content": base64_of(data), "image": opened(data)} for name, data in files.items()},
    "resize": {
        mode: {
            "image": {"width": WIDTH, "height": HEIGHT, "bytes": base64_of(picture.tobytes())},
            "sizes": [resized(picture, *size) for size in SIZES],
        }
        for mode, picture in {"RGB": rgb, "L": grey}.items()
    },
}
path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "imagenet.json")
with open(path, "w") as file:
    json.dump(golden, file, indent=1)
    file.write("\n")
