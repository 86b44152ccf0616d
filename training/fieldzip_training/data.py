"""Training crops: the exact recipe.

Scientific families (one .npz each, arrays slices x rows x columns, NaN = missing), photographs, and random fields with
power-law spectra made here. Each crop is normalised to [0, 1] and then placed in a part of the range, since in use
a crop is a part of a slice.
"""

import glob
import os

import numpy as np
from PIL import Image

# Of science and of photographs; the rest is random fields.
SHARES = (0.62, 0.28)
PHOTOGRAPHS_ONLY = (0.0, 1.0)  # what the paper trained on


def fill_missing(a):
    """Missing values from a pyramid of means over what is there (push-pull), as the native coder fills them."""
    present = np.isfinite(a)
    if present.all():
        return a
    if not present.any():
        return np.zeros_like(a)
    h, w = a.shape
    values, weight = np.where(present, a, 0).astype(np.float64), present.astype(np.float64)
    if h == 1 and w == 1:
        return values.astype(a.dtype)
    ph, pw = h + h % 2, w + w % 2
    pv, pk = np.zeros((ph, pw)), np.zeros((ph, pw))
    pv[:h, :w], pk[:h, :w] = values, weight
    sums = pv.reshape(ph // 2, 2, pw // 2, 2).sum((1, 3))
    counts = pk.reshape(ph // 2, 2, pw // 2, 2).sum((1, 3))
    coarse = fill_missing(np.where(counts > 0, sums / np.maximum(counts, 1), np.nan))
    up = np.asarray(Image.fromarray(coarse.astype(np.float32)).resize((pw, ph), Image.BILINEAR))[:h, :w]
    return np.where(present, a, up).astype(a.dtype)


def slices_of(array):
    if array.dtype.kind not in "fiu" or array.ndim < 2:
        return []
    return list(array.reshape(-1, *array.shape[-2:]))


def load_science(folder, smallest=32):
    families = {}
    for path in sorted(glob.glob(os.path.join(folder, "science", "*.npz"))):
        slices = []
        with np.load(path) as archive:
            for key in archive.files:
                for s in slices_of(archive[key]):
                    s = s.astype(np.float32)
                    present = np.isfinite(s)
                    if min(s.shape) < smallest or present.mean() < 0.3 or np.ptp(s[present]) == 0:
                        continue
                    slices.append(fill_missing(s))
        if slices:
            families[os.path.basename(path)[:-4]] = slices
    return families


def load_photos(folder):
    return [np.asarray(Image.open(p).convert("L")) for p in sorted(glob.glob(os.path.join(folder, "natural", "*.jpg")))]


def random_field(rng, size):
    """A Gaussian field of power spectrum k^-slope, sometimes pushed through a nonlinearity (fronts, positive fields)."""
    slope, outer = rng.uniform(1.5, 6.5), rng.uniform(1, 8)
    k = np.hypot(np.fft.fftfreq(size * 2)[:, None], np.fft.rfftfreq(size * 2)[None]) * size * 2
    amplitude = (k**2 + outer**2) ** (-slope / 4)
    noise = rng.standard_normal(k.shape) + 1j * rng.standard_normal(k.shape)
    field = np.fft.irfft2(noise * amplitude, s=(size * 2, size * 2))[:size, :size]
    field = (field - field.mean()) / (field.std() + 1e-12)
    kind = rng.integers(4)
    if kind == 1:
        field = np.exp(field * rng.uniform(0.5, 2))
    elif kind == 2:
        field = np.maximum(field - rng.uniform(-0.5, 1.5), 0)
    elif kind == 3:
        field = np.tanh(field * rng.uniform(1, 6))
    return field.astype(np.float32)


class Crops:
    def __init__(self, folder, seed=0, shares=SHARES):
        self.rng = np.random.default_rng(seed)
        self.science_share, self.photo_share = shares
        self.families = load_science(folder) if self.science_share else {}
        self.names = sorted(self.families)
        volume = np.array([sum(s.size for s in self.families[n]) for n in self.names], float)
        # Between one share a family and one share a value: large families say more, none drowns the others.
        self.shares = volume**0.35 / (volume**0.35).sum()
        self.photos = load_photos(folder) if self.photo_share else []
        if self.science_share and not self.families:
            raise FileNotFoundError(f"no slices in {os.path.join(folder, 'science')}: expected families as .npz files")
        if self.photo_share and not self.photos:
            raise FileNotFoundError(f"no photographs in {os.path.join(folder, 'natural')}: expected .jpg files")

    def _cut(self, a, size):
        rng = self.rng
        h, w = a.shape
        if h < size or w < size:
            a = np.pad(a, ((0, max(0, size - h)), (0, max(0, size - w))), mode="symmetric")
            h, w = a.shape
        i, j = rng.integers(h - size + 1), rng.integers(w - size + 1)
        return a[i : i + size, j : j + size]

    def _enlarge(self, a, size):
        part = self._cut(a, size // 2)
        low, high = part.min(), part.max()
        image = Image.fromarray(((part - low) / (high - low + 1e-30)).astype(np.float32))
        return np.asarray(image.resize((size, size), Image.BICUBIC))

    def crop(self, size):
        """One crop, size x size float32 in [0, 1]."""
        rng = self.rng
        while True:
            u = rng.random()
            if u < self.science_share:
                slices = self.families[self.names[rng.choice(len(self.names), p=self.shares)]]
                source = slices[rng.integers(len(slices))]
            elif u < self.science_share + self.photo_share:
                source = self.photos[rng.integers(len(self.photos))].astype(np.float32)
                source = source + rng.random(source.shape, dtype=np.float32) - 0.5  # undo the 8-bit lattice
                if rng.random() < 0.6:
                    h, w = (n // 2 * 2 for n in source.shape)
                    source = source[:h, :w].reshape(h // 2, 2, w // 2, 2).mean((1, 3))
            else:
                source = random_field(rng, size)
            a = self._enlarge(source, size) if rng.random() < 1 / 8 else self._cut(source, size)
            low, high = float(a.min()), float(a.max())
            if high > low:
                break
        a = (a.astype(np.float64) - low) / (high - low)
        share = np.exp2(-rng.random() * 5) if rng.random() < 0.6 else np.exp2(-rng.random() * 2)
        a = a * share + rng.random() * (1 - share)
        if rng.random() < 0.5:
            a = 1 - a
        if rng.random() < 0.5:
            a = a.T
        if rng.random() < 0.5:
            a = a[::-1]
        if rng.random() < 0.5:
            a = a[:, ::-1]
        return np.ascontiguousarray(a, dtype=np.float32)

    def batch(self, count, size):
        return np.stack([self.crop(size) for _ in range(count)])[:, None]
