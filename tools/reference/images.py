"""Small images and what Pillow and NumPy make of them: decoding, resizing, cropping, normalising.

    python3 images.py OUT_FOLDER

Writes files of every kind the decoder meets, sound and broken, and images.json with the expected pixels: uint8 in
base64, row by row, red green blue. Resizing follows torchvision's Resize and CenterCrop on Pillow images.
"""
import base64
import io
import json
import struct
import sys
import zlib
from pathlib import Path

import numpy as np
import PIL
from PIL import Image

out = Path(sys.argv[1])
out.mkdir(parents=True, exist_ok=True)
generator = np.random.Generator(np.random.PCG64(11))


def scene(height, width):
    """Smooth colours, hard edges and a little noise."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float64)
    red = 255 * x / max(1, width - 1)
    green = 127 + 120 * np.sin(y / 3) * np.cos(x / 5)
    blue = np.where((x // 7 + y // 5) % 2 == 0, 230, 20)
    pixels = np.stack([red, green, blue], axis=2) + generator.normal(0, 6, (height, width, 3))
    return np.clip(np.rint(pixels), 0, 255).astype(np.uint8)


def packed(pixels):
    pixels = np.asarray(pixels)
    return {"shape": list(pixels.shape), "dtype": str(pixels.dtype), "base64": base64.b64encode(np.ascontiguousarray(pixels).tobytes()).decode()}


def png(width, height, depth, colour, rows):
    """A PNG of any bit depth; Pillow writes 8 bits of colour only."""
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    raw = b"".join(b"\0" + row for row in rows)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)) + chunk(b"IDAT", zlib.compress(raw)) + chunk(b"IEND", b"")


decoded = {}


def keep(name, image, expected=None, **options):
    image.save(out / name, **options)
    decoded[name] = packed(np.asarray(expected if expected is not None else Image.open(out / name).convert("RGB")))


photo = Image.fromarray(scene(36, 48))
keep("rgb.png", photo)
keep("baseline.jpg", photo, quality=92)
keep("progressive.jpg", photo, quality=92, progressive=True)
keep("gray.png", photo.convert("L"))
keep("gray.jpg", photo.convert("L"), quality=92)
keep("palette.png", photo.quantize(16))
keep("one-pixel.png", Image.fromarray(np.array([[[12, 200, 77]]], np.uint8)))
alpha = photo.convert("RGBA")
alpha.putalpha(Image.fromarray(np.linspace(0, 255, 36 * 48).astype(np.uint8).reshape(36, 48)))
keep("alpha.png", alpha)
exif = Image.Exif()
exif[0x0112] = 6
keep("rotated.jpg", photo, quality=92, exif=exif)

deep = np.clip(scene(12, 16).astype(np.int64) * 257 + generator.integers(-120, 120, (12, 16, 3)), 0, 65535).astype(">u2")
(out / "deep.png").write_bytes(png(16, 12, 16, 2, [row.tobytes() for row in deep]))
# Sixteen bits keep their upper eight, as libpng's png_set_strip_16 does; Pillow does the same when it opens such a file.
assert np.array_equal(np.asarray(Image.open(out / "deep.png").convert("RGB")), (deep >> 8).astype(np.uint8))
decoded["deep.png"] = packed((deep >> 8).astype(np.uint8))

gray16 = deep[:, :, 0]
(out / "deep-gray.png").write_bytes(png(16, 12, 16, 0, [row.tobytes() for row in gray16]))
# Pillow 9 makes such an image white; the upper eight bits are what every other reader gives.
decoded["deep-gray.png"] = packed(np.repeat((gray16 >> 8).astype(np.uint8)[:, :, None], 3, axis=2))

# What is broken.
buffer = io.BytesIO()
photo.save(buffer, "jpeg", quality=92)
(out / "truncated.jpg").write_bytes(buffer.getvalue()[: len(buffer.getvalue()) * 2 // 3])
buffer = io.BytesIO()
photo.save(buffer, "png")
body = bytearray(buffer.getvalue())
(out / "truncated.png").write_bytes(body[: len(body) // 2])
body[len(body) // 2] ^= 0xFF
(out / "corrupt.png").write_bytes(body)
(out / "empty.png").write_bytes(b"")
(out / "text.png").write_text("this is no image\n", encoding="utf-8")


def shorter(image, size, how):
    width, height = image.size
    if width <= height:
        return image.resize((size, int(size * height / width)), how)
    return image.resize((int(size * width / height), size), how)


def centre(image, height, width):
    top, left = int(round((image.height - height) / 2.0)), int(round((image.width - width) / 2.0))
    return image.crop((left, top, left + width, top + height))


resized = []


def case(source, how, image, **steps):
    resized.append({"source": source, "resampling": how, **steps, "expected": packed(np.asarray(image))})


modes = {"bilinear": Image.BILINEAR, "bicubic": Image.BICUBIC, "nearest": Image.NEAREST}
gray = photo.convert("L")
for how, mode in modes.items():
    case("rgb.png", how, shorter(photo, 16, mode), resize=[16])
    case("rgb.png", how, photo.resize((20, 31), mode), resize=[31, 20])
    case("rgb.png", how, shorter(photo, 53, mode), resize=[53])
    case("rgb.png", how, centre(shorter(photo, 24, mode), 17, 20), resize=[24], crop=[17, 20])
case("rgb.png", "bilinear", centre(photo, 21, 30), crop=[21, 30])
case("gray.png", "bilinear", shorter(gray, 14, Image.BILINEAR), resize=[14], gray=True)
case("rgb.png", "bilinear", centre(shorter(gray, 20, Image.BILINEAR), 15, 15), resize=[20], crop=[15, 15], gray=True)
case("one-pixel.png", "bilinear", Image.open(out / "one-pixel.png").resize((5, 7), Image.BILINEAR), resize=[7, 5])

# The whole chain as training computes it, in float32.
mean, std = np.float32([0.485, 0.456, 0.406]), np.float32([0.229, 0.224, 0.225])
pixels = np.asarray(centre(shorter(photo, 24, Image.BILINEAR), 16, 16)).astype(np.float32)
whole = ((pixels * np.float32(1 / 255) - mean) / std).transpose(2, 0, 1)

# Pillow resizes floats one channel at a time (mode F).
floats = generator.normal(0, 1, (2, 20, 26)).astype(np.float32)
small = np.stack([np.asarray(Image.fromarray(plane, "F").resize((13, 9), Image.BILINEAR)) for plane in floats])

with open(out / "images.json", "w", encoding="utf-8") as file:
    json.dump({"maker": "tools/reference/images.py", "versions": {"pillow": PIL.__version__, "numpy": np.__version__},
               "command": "python3 tools/reference/images.py tests/Analyzer.Core.Tests/Reference/images",
               "decoded": decoded, "resized": resized,
               "normalised": {"source": "rgb.png", "expected": packed(whole)},
               "floats": {"stored": packed(floats), "expected": packed(small)}}, file)
    file.write("\n")
