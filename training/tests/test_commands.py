"""Each recipe through the same three commands, on data made here."""

import json

import numpy as np
import onnx
import pytest
import torch

from fieldzip_training import evaluate, export, graphs, shipped, train
from fieldzip_training.checkpoint import load
from fieldzip_training.data import Crops, random_field
from fieldzip_training.levels import LAMBDAS

STEPS = 20
RECIPES = {
    "compact": ["--recipe", "compact", "--rate", "5e-3", "--batch", "1"],
    "paper": ["--recipe", "paper", "--rate", "2e-3", "--batch", "2", "--filters", "16", "--latents", "24", "--crop", "64"],
    "paper with means": ["--recipe", "paper", "--rate", "2e-3", "--batch", "2", "--filters", "16", "--latents", "24", "--crop", "64", "--means"],
}


@pytest.fixture(scope="module", params=RECIPES)
def trained(request, data, tmp_path_factory):
    """(recipe's name, folders of the run before its first step and after its last)."""
    run, begun = tmp_path_factory.mktemp("run"), tmp_path_factory.mktemp("begun")
    common = RECIPES[request.param] + ["--data", str(data), "--threads", "1", "--hard-from", "0.5"]
    train.main(common + ["--out", str(begun), "--steps", "0"])
    train.main(common + ["--out", str(run), "--steps", str(STEPS)])
    return request.param, begun, run


def loss_of(folder, data):
    """Over the same crops with the same noise, whatever the run."""
    recipe, net, _ = load(folder, raw=True)
    crops = torch.from_numpy(Crops(data, seed=9).batch(8, 64))
    torch.manual_seed(3)
    drawn = [2.0, 3, 4, 5, 6, 7, 8, 9] if recipe.name == "compact" else None
    with torch.no_grad():
        return recipe.loss(net, crops, drawn, True)[0].item()


def test_training_lowers_the_loss(trained, data):
    _, begun, run = trained
    assert load(run)[2]["steps"] == STEPS
    assert loss_of(run, data) < loss_of(begun, data)


def test_exported_graphs_give_what_torch_gives(trained, tmp_path):
    name, _, run = trained
    export.main(["--run", str(run), "--out", str(tmp_path)])
    manifest = json.loads((tmp_path / "manifest.json").read_text())
    assert manifest["network"] == name.split()[0] and set(manifest["graphs"]) == set(load(run)[0].graph_names)
    recipe, net, _ = load(run)
    check = check_compact if recipe.name == "compact" else check_paper
    with torch.no_grad():
        check(net, manifest, str(tmp_path))


def check_compact(net, manifest, out):
    channels = manifest["channels"]
    y = torch.randn(1, channels, 8, 12) * 3
    level = torch.zeros(1, len(LAMBDAS))
    level[0, 4], level[0, 5] = 0.25, 0.75
    blocks = torch.randn(1, 16, 18, 26) * 10
    params = torch.randint(0, 256, (1, 2 * channels, 8, 12), dtype=torch.uint8)
    # Weights are stored as float16: as close as that.
    close = lambda own, graph, **inputs: np.testing.assert_allclose(
        graphs.run(out, graph, **{k: v.numpy() for k, v in inputs.items()}), own.numpy(), atol=0.02 * own.abs().max().item()
    )
    close(net.encoder(blocks, y, level), "encoder", blocks=blocks, coefficients=y, level=level)
    close(net.hyper_encoder(y, level), "hyper-encoder", y=y, level=level)
    close(net.decoder(blocks, y, params.float(), level), "decoder", blocks=blocks, y=y, params=params, level=level)
    assert len(manifest["levels"]) == len(LAMBDAS)


def check_paper(net, manifest, out):
    x = torch.rand(1, 1, 128, 64)
    y = net.encoder(x)
    assert y.shape == (1, manifest["channels"], 128 // manifest["downsampling"], 64 // manifest["downsampling"])
    close = lambda own, graph, **inputs: np.testing.assert_allclose(
        graphs.run(out, graph, **{k: v.numpy() for k, v in inputs.items()}), own.numpy(), atol=1e-5 * own.abs().max().item()
    )
    close(y, "encoder", pixels=x)
    close(net.decoder(torch.round(y)), "decoder", y=torch.round(y))
    z = net.hyper_encoder(y)
    assert z.shape == (1, manifest["hyperChannels"], 128 // manifest["hyperDownsampling"], 64 // manifest["hyperDownsampling"])
    close(z, "hyper-encoder", y=y)
    assert len(manifest["prior"]["tables"]) == manifest["hyperChannels"]
    params = graphs.run(out, "hyper-decoder-fp32", z=torch.round(z).numpy())
    assert params.shape[1] == (1 if manifest["scaleOnly"] else 2) * manifest["channels"]
    # GDN's own operator is nowhere: any runtime can run these.
    operators = {node.op_type for node in onnx.load(out + "/encoder.onnx").graph.node}
    assert operators <= {"Conv", "Mul", "Sqrt", "Div", "Constant", "Identity"}


def test_evaluates(trained, tmp_path):
    _, _, run = trained
    slice_path = tmp_path / "slice.npy"
    np.save(slice_path, random_field(np.random.default_rng(2), 100)[:70])
    points = tmp_path / "points.json"
    evaluate.main(["--run", str(run), "--points", str(points), str(slice_path)])
    assert all(p["bytes"] > 0 and p["psnr"] > 0 for p in json.loads(points.read_text()))


def test_phase_two_starts_with_the_weights_of_phase_one(trained, data, tmp_path):
    name, _, run = trained
    if name != "paper":
        pytest.skip("only the paper's recipe has phases")
    train.main(["--recipe", "paper", "--data", str(data), "--out", str(tmp_path), "--steps", "0", "--from", str(run), "--level", "3"])
    recipe, net, _ = load(tmp_path, raw=True)
    first, first_net, _ = load(run)
    assert (recipe.lam, first.lam) == (LAMBDAS[2], 1.0)
    assert all(torch.equal(a, b) for a, b in zip(net.state_dict().values(), first_net.state_dict().values()))


def test_a_training_goes_on_with_an_exported_model(trained, data, tmp_path):
    name, _, run = trained
    first, again = tmp_path / "first", tmp_path / "again"
    export.main(["--run", str(run), "--out", str(first)])
    common = ["--recipe", name.split()[0], "--data", str(data), "--threads", "1", "--from-model", str(first)]
    if name != "compact":
        with pytest.raises(SystemExit):
            train.main(common + ["--out", str(tmp_path / "run"), "--steps", "0"])
        return
    train.main(common + ["--out", str(tmp_path / "run"), "--steps", "0"])
    export.main(["--run", str(tmp_path / "run"), "--out", str(again)])
    a, b = (json.loads((folder / "manifest.json").read_text()) for folder in (first, again))
    # All that the entropy coder depends on is the same to the bit; the float networks have rounded zero-sum weights made zero-sum once more.
    for exact in ("hyper-encoder", "hyper-decoder", "hyper-decoder-fp32"):
        assert a["graphs"][exact] == b["graphs"][exact]
    assert a["prior"] == b["prior"]
    np.testing.assert_allclose([level["gains"] for level in b["levels"]], [level["gains"] for level in a["levels"]], rtol=1e-6)
    with torch.no_grad():
        check_compact(load(run)[1], b, str(again))
    train.main(common + ["--out", str(tmp_path / "longer"), "--steps", "2", "--batch", "1"])
    export.main(["--run", str(tmp_path / "longer"), "--out", str(again)])
    assert json.loads((again / "manifest.json").read_text())["training"]["steps"] == a["training"]["steps"] + 2


def test_what_is_no_model_is_refused(tmp_path):
    with pytest.raises(ValueError, match="no manifest"):
        shipped.read(str(tmp_path))


def test_a_checkpoint_that_names_no_recipe_is_of_the_compact_one(trained, tmp_path):
    name, _, run = trained
    if name != "compact":
        pytest.skip("older checkpoints are all compact")
    state = load(run)[2]
    old = {key: state[key] for key in ("net", "average", "optimiser", "spent", "steps")}
    torch.save(old, tmp_path / "checkpoint.pt")
    assert load(tmp_path)[0].name == "compact"


def test_what_stops_the_feeder_stops_the_training(tmp_path):
    with pytest.raises(FileNotFoundError, match="no slices"):
        train.main(["--data", str(tmp_path / "nothing"), "--out", str(tmp_path), "--steps", "5"])
