"""Export a trained network: python -m fieldzip_training.export --run RUN --out ../packages/models/compact

Writes the graphs and manifest.json, which names each graph with its SHA-256. The hash of the manifest is the model's name in a file.
"""

import argparse
import hashlib
import json
import os

import torch

from .checkpoint import load, total_of


def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--run", required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--raw", action="store_true", help="the weights as they are, not their running mean")
    args = parser.parse_args(argv)
    os.makedirs(args.out, exist_ok=True)
    recipe, net, state = load(args.run, args.raw)
    with torch.no_grad():
        manifest = recipe.export(net, args.out)
    graphs = {}
    for name in recipe.graph_names:
        with open(os.path.join(args.out, name + ".onnx"), "rb") as f:
            data = f.read()
        graphs[name] = {"file": name + ".onnx", "sha256": hashlib.sha256(data).hexdigest()}
        print(name, len(data), "bytes")
    manifest["graphs"] = graphs
    total = total_of(state)
    manifest["training"] = {"steps": total["steps"], "hours": round(total["spent"] / 3600, 2)}
    with open(os.path.join(args.out, "manifest.json"), "w") as f:
        json.dump(manifest, f, separators=(",", ":"))
        f.write("\n")


if __name__ == "__main__":
    main()
