import numpy as np
import pytest
import torch
from PIL import Image

from fieldzip_training.data import random_field


@pytest.fixture(autouse=True)
def _repeatable():
    torch.manual_seed(0)
    torch.set_num_threads(1)  # the networks are so small that threads would wait for each other


@pytest.fixture(scope="session")
def data(tmp_path_factory):
    """A folder of training data as the commands want it: two families of science, one with missing values, and photographs."""
    folder = tmp_path_factory.mktemp("data")
    rng = np.random.default_rng(5)
    (folder / "science").mkdir()
    (folder / "natural").mkdir()
    ocean = np.stack([random_field(rng, 160) for _ in range(2)])
    ocean[:, 20:60, 30:90] = np.nan
    np.savez(folder / "science" / "ocean.npz", temperature=ocean)
    np.savez(folder / "science" / "wind.npz", u=np.stack([random_field(rng, 128) for _ in range(2)]))
    for i in range(2):
        field = random_field(rng, 300)
        grey = np.clip(128 + 40 * field, 0, 255).astype(np.uint8)
        Image.fromarray(grey).save(folder / "natural" / f"{i}.jpg")
    return folder
