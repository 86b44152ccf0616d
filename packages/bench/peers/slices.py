"""The slices that are measured: where each lies in its file, and how missing values are treated for coders that have none."""

import hashlib
import json
import zlib
from dataclasses import dataclass
from pathlib import Path

import imagecodecs
import netCDF4
import numpy as np

FERRET = Path("/usr/share/ferret-vis/data")  # Debian package ferret-datasets
NCARG = Path("/usr/share/ncarg/data/cdf")  # Debian package libncarg-data
STARS = Path("/usr/lib/R/site-library/stars/nc")  # Debian package r-cran-stars

RAIN_OF_AN_HOUR = "Total_precipitation_surface_1_Hour_Accumulation"

# name, file, variable (None: the file is an array), index of the slice, raw shape where the file does not say it.
BENCH = [
    ("LENS_TS_0", "LENS_orig.TS.10days.nc", "TS", (0,), None),
    ("LENS_TS_9", "LENS_orig.TS.10days.nc", "TS", (9,), None),
    ("vorticity", "SPERR_vorticity.512_512", None, (), (512, 512)),
    ("ERA5_t850", "ERA5_EBCC_temperature850.nc", "temperature", (0, 0), None),
    ("POP_u", "POP_urot_vrot_t.nc", "urot", (), None),
    ("POP_v", "POP_urot_vrot_t.nc", "vrot", (), None),
    ("POP_t", "POP_urot_vrot_t.nc", "t", (), None),
    ("CORDEX_tas", "CORDEX_tas_EUR11.nc", "tas", (0, 0), None),
    ("dns_u", "dns1024_u.npy", None, (), None),
    ("dns_v", "dns1024_v.npy", None, (), None),
    ("dns_w", "dns1024_w.npy", None, (), None),
    ("dns_enstrophy", "dns1024_enstrophy.npy", None, (), None),
]

# Slices that lie nowhere in the training data (searched for equal values there), from packages that anybody can install.
HELD_OUT = [
    ("esku_SLP", FERRET / "esku_heat_budget.cdf", "SLP", (0,), None),
    ("esku_FLH", FERRET / "esku_heat_budget.cdf", "FLH", (6,), None),
    ("atlas_T_surface", FERRET / "ocean_atlas_subset.nc", "TEMP", (0, 0), None),
    ("atlas_T_deep", FERRET / "ocean_atlas_subset.nc", "TEMP", (6, 9), None),
    ("uv300_U", NCARG / "uv300.nc", "U", (0,), None),
    ("chi200", NCARG / "chi200_ud_smooth.nc", "CHI", (), None),
    ("panel2_FSD", NCARG / "panel2.nc", "FSD", (0,), None),
    ("ice5g_topo", NCARG / "ice5g_21k_1deg.nc", "Topo", (), None),
    ("trinidad", NCARG / "trinidad.nc", "data", np.s_[:1024, :1024], None),
    # Precipitation: of an hour, by radar and gauges, of which much is zero; and of a month.
    ("rain_hour_6", STARS / "test_stageiv_xyt.nc", RAIN_OF_AN_HOUR, (6,), None),
    ("rain_hour_16", STARS / "test_stageiv_xyt.nc", RAIN_OF_AN_HOUR, (16,), None),
    ("rain_month", STARS / "bcsd_obs_1999.nc", "pr", (8,), None),
]


@dataclass
class Slice:
    name: str
    group: str  # "bench" or "held-out"
    values: np.ndarray  # float32, NaN where missing

    def __post_init__(self):
        self.missing = np.isnan(self.values)
        present = self.values[~self.missing].astype(np.float64)
        self.minimum = float(present.min())
        self.range = float(present.max()) - self.minimum
        self.filled = fill(self.values)
        # A peer cannot code "missing", so each is charged one bit a value, packed by zlib, the same for all. The best bitmap coder at hand
        # is noted too: with it (--mask best) a comparison shows nothing but how the values were coded.
        any_missing = self.missing.any()
        self.mask_bytes = len(zlib.compress(np.packbits(self.missing).tobytes(), 9)) if any_missing else 0
        self.best_mask_bytes = min(self.mask_bytes, _jpegxl_bitmap(self.missing)) if any_missing else 0

    @property
    def digest(self):
        return hashlib.sha256(self.filled.tobytes() + repr(self.values.shape).encode()).hexdigest()[:16]

    def describe(self):
        return {
            "group": self.group,
            "shape": list(self.values.shape),
            "missing": int(self.missing.sum()),
            "minimum": self.minimum,
            "range": self.range,
            "maskBytes": self.mask_bytes,
            "bestMaskBytes": self.best_mask_bytes,
        }

    def errors(self, decoded):
        """What separates `decoded` from the slice, over present values, in float64."""
        present = ~self.missing
        error = decoded[present].astype(np.float64) - self.values[present].astype(np.float64)
        mse = float(np.mean(error * error))
        return {
            "psnr": float(10 * np.log10(self.range**2 / mse)) if mse > 0 else None,  # None: exact
            "maxError": float(np.abs(error).max()),
            "bias": float(error.mean()),
            "deviation": float(error.std()),
        }


def _jpegxl_bitmap(bits):
    return len(imagecodecs.jpegxl_encode(bits.astype(np.uint8), lossless=True, effort=9, bitspersample=1))


def fill(values):
    """Missing values replaced by a smooth surface between the present ones.

    A constant or nearest-value fill makes cliffs, on which transform coders waste bits: the peers get the fill that suits them best. Means of
    present values over ever larger blocks give the start, relaxation of Laplace's equation the rest."""
    missing = np.isnan(values)
    if not missing.any():
        return values
    out = _pyramid(np.where(missing, 0, values).astype(np.float64), (~missing).astype(np.float64))
    for _ in range(400):
        p = np.pad(out, 1, mode="edge")
        mean = (p[:-2, 1:-1] + p[2:, 1:-1] + p[1:-1, :-2] + p[1:-1, 2:]) / 4
        out = np.where(missing, mean, out)
    return np.where(missing, out.astype(np.float32), values)


def _pyramid(sums, weight):
    if weight.all() or max(weight.shape) == 1:
        return sums / np.maximum(weight, 1)
    rows, columns = weight.shape
    even = ((0, rows % 2), (0, columns % 2))

    def halve(a):
        a = np.pad(a, even)
        return a[::2, ::2] + a[1::2, ::2] + a[::2, 1::2] + a[1::2, 1::2]

    w = halve(weight)
    coarse = _pyramid(halve(sums) / np.maximum(w, 1), (w > 0).astype(np.float64))
    return np.where(weight > 0, sums, coarse.repeat(2, 0).repeat(2, 1)[:rows, :columns])


def _read(path, variable, index, shape):
    if variable is None:
        return np.load(path) if shape is None else np.fromfile(path, "<f4").reshape(shape)
    with netCDF4.Dataset(path) as file:
        data = file.variables[variable][index] if index else file.variables[variable][:]
    return np.ma.filled(np.ma.asarray(data, np.float32), np.nan)


def load_slices(data, only=None):
    """Every slice whose file is there, and the names of those whose file is not."""
    found, absent = [], []
    for group, catalogue in (("bench", BENCH), ("held-out", HELD_OUT)):
        for name, file, *where in catalogue:
            path = Path(data) / file  # an absolute path stays what it is
            if only and name not in only:
                continue
            if path.exists():
                found.append(Slice(name, group, np.ascontiguousarray(_read(path, *where), np.float32)))
            else:
                absent.append(f"{name} ({path})")
    return found, absent


def dump(slices, folder):
    """The slices as .npy, and what they are, for programs that read neither NetCDF nor this catalogue."""
    folder.mkdir(parents=True, exist_ok=True)
    for s in slices:
        np.save(folder / f"{s.name}.npy", s.values)
    (folder / "slices.json").write_text(json.dumps({s.name: s.describe() for s in slices}, indent=1))
