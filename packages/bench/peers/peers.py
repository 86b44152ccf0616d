"""The peers behind one face: encode(slice, setting) -> bytes, decode(bytes) -> float32. Sizes are of everything a decoder needs."""

from dataclasses import dataclass
from typing import Callable

import imagecodecs
import numpy as np

# A setting is an absolute bound as a fraction of the value range, except where the peer is asked for a PSNR.
BOUNDS = tuple(float(f"{0.3 * 10 ** (-k / 8):.6g}") for k in range(44)) + (1e-6,)
# SPERR, SZ3 and above all ZFP (whose real error is a fraction of its bound) need looser bounds than anybody asks for to come down to 35 dB.
LOOSER = tuple(float(f"{0.3 * 10 ** (k / 8):.6g}") for k in range(4, 0, -1)) + BOUNDS
LOOSEST = tuple(float(f"{0.3 * 10 ** (k / 8):.6g}") for k in range(16, 4, -1)) + LOOSER
DECIBELS = tuple(range(16, 131, 2))


@dataclass(frozen=True)
class Peer:
    name: str
    title: str
    version: str
    settings: tuple
    setting: str  # "bound" or "psnr"
    run: Callable  # (filled float32 array, range, minimum, setting) -> (bytes, decoded) or None where it cannot


def _sperr(mode):
    def run(values, value_range, minimum, setting):
        level = setting * value_range if mode == "pwe" else setting
        coded = imagecodecs.sperr_encode(values, level, mode, numthreads=1)
        return len(coded), imagecodecs.sperr_decode(coded, numthreads=1)

    return run


def _sz3(values, value_range, minimum, setting):
    coded = imagecodecs.sz3_encode(values, "abs", abs=setting * value_range)
    return len(coded), imagecodecs.sz3_decode(coded, values.shape, values.dtype)


def _zfp(values, value_range, minimum, setting):
    coded = imagecodecs.zfp_encode(values, setting * value_range, mode="a")
    return len(coded), imagecodecs.zfp_decode(coded)


def _jpegxl(values, value_range, minimum, setting):
    """Lossless JPEG XL on round((x - min) / (2 tol)). Its integers end at 16 bits, so tighter bounds cannot be asked of it."""
    step = 2 * setting * value_range
    indices = np.rint((values.astype(np.float64) - minimum) / step)
    # Filled (missing) places may lie a rounding below the least present value.
    indices = np.maximum(indices, 0)
    if indices.max() > 65535:
        return None
    indices = indices.astype(np.uint8 if indices.max() < 256 else np.uint16)
    coded = imagecodecs.jpegxl_encode(indices, lossless=True, effort=9, numthreads=2)
    decoded = imagecodecs.jpegxl_decode(coded)
    # The decoder also needs min and step: two float32.
    return len(coded) + 8, (minimum + decoded.astype(np.float64) * step).astype(np.float32)


_IC = f"imagecodecs {imagecodecs.__version__}"
PEERS = [
    Peer("sz3", "SZ3", f"{imagecodecs.sz3_version()}, {_IC}, default algorithm, abs", LOOSER, "bound", _sz3),
    Peer("zfp", "ZFP", f"{imagecodecs.zfp_version()}, {_IC}, fixed accuracy", LOOSEST, "bound", _zfp),
    Peer("sperr", "SPERR", f"{imagecodecs.sperr_version()}, {_IC}, point-wise error", LOOSER, "bound", _sperr("pwe")),
    Peer("sperr_psnr", "SPERR (PSNR mode)", f"{imagecodecs.sperr_version()}, {_IC}, PSNR", DECIBELS, "psnr", _sperr("psnr")),
    Peer("jpegxl", "JPEG XL on integers", f"{imagecodecs.jpegxl_version()}, {_IC}, lossless, effort 9", BOUNDS, "bound", _jpegxl),
]


def _blosc2(values):
    return imagecodecs.blosc2_encode(values, level=9, compressor="zstd", shuffle="shuffle", typesize=4)


# For the lossless table: missing values stay NaN here, these coders keep any bit pattern.
LOSSLESS = {
    "pcodec": (lambda v: imagecodecs.pcodec_encode(v, 12), lambda b, v: imagecodecs.pcodec_decode(b, v.shape, v.dtype)),
    "blosc2": (_blosc2, lambda b, v: np.frombuffer(imagecodecs.blosc2_decode(b), v.dtype).reshape(v.shape)),
}


def lossless_bytes(values):
    sizes = {}
    for name, (encode, decode) in LOSSLESS.items():
        coded = encode(values)
        assert decode(coded, values).tobytes() == values.tobytes(), f"{name} is not lossless"
        sizes[name] = len(coded)
    return sizes
