"""The peers behind one face, and where each is measured."""

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
    encode: Callable  # (slice, setting, threads) -> bytes, or None where the peer cannot
    decode: Callable  # (bytes, slice, setting, threads) -> float32 array
    side_bytes: int = 0  # what the decoder needs beside the stream: the shape counts as known, parameters do not


def _sperr_pwe(item, setting, threads):
    return imagecodecs.sperr_encode(item.filled, setting * item.range, "pwe", numthreads=threads)


def _sperr_psnr(item, setting, threads):
    return imagecodecs.sperr_encode(item.filled, setting, "psnr", numthreads=threads)


def _sperr_decode(coded, item, setting, threads):
    return imagecodecs.sperr_decode(coded, numthreads=threads)


def _sz3_encode(item, setting, threads):
    return imagecodecs.sz3_encode(item.filled, "abs", abs=setting * item.range)


def _sz3_decode(coded, item, setting, threads):
    return imagecodecs.sz3_decode(coded, item.filled.shape, item.filled.dtype)


def _zfp_encode(item, setting, threads):
    return imagecodecs.zfp_encode(item.filled, setting * item.range, mode="a")


def _zfp_decode(coded, item, setting, threads):
    return imagecodecs.zfp_decode(coded)


def _jpegxl_encode(item, setting, threads):
    """Lossless JPEG XL on round((x - min) / (2 tol)). Its integers end at 16 bits, so tighter bounds cannot be asked of it."""
    # Filled (missing) places may lie a rounding below the least present value: not below zero.
    indices = np.maximum(np.rint((item.filled.astype(np.float64) - item.minimum) / (2 * setting * item.range)), 0)
    if indices.max() > 65535:
        return None
    indices = indices.astype(np.uint8 if indices.max() < 256 else np.uint16)
    return imagecodecs.jpegxl_encode(indices, lossless=True, effort=9, numthreads=threads)


def _jpegxl_decode(coded, item, setting, threads):
    indices = imagecodecs.jpegxl_decode(coded, numthreads=threads)
    return (item.minimum + indices.astype(np.float64) * (2 * setting * item.range)).astype(np.float32)


_IC = f"imagecodecs {imagecodecs.__version__}"
PEERS = [
    Peer("sz3", "SZ3", f"{imagecodecs.sz3_version()}, {_IC}, default algorithm, abs", LOOSER, "bound", _sz3_encode, _sz3_decode),
    Peer("zfp", "ZFP", f"{imagecodecs.zfp_version()}, {_IC}, fixed accuracy", LOOSEST, "bound", _zfp_encode, _zfp_decode),
    Peer("sperr", "SPERR", f"{imagecodecs.sperr_version()}, {_IC}, point-wise error", LOOSER, "bound", _sperr_pwe, _sperr_decode),
    Peer("sperr_psnr", "SPERR (PSNR mode)", f"{imagecodecs.sperr_version()}, {_IC}, PSNR", DECIBELS, "psnr", _sperr_psnr, _sperr_decode),
    Peer(
        "jpegxl",
        "JPEG XL on integers",
        f"{imagecodecs.jpegxl_version()}, {_IC}, lossless, effort 9",
        BOUNDS,
        "bound",
        _jpegxl_encode,
        _jpegxl_decode,
        side_bytes=8,  # min and step as float32
    ),
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
