"""Rate-distortion curves of the peers: real bytes and measured errors of every slice at every setting.

    python curves.py --data FOLDER --out WORK/curves.json

Beside the output: slices/ (the slices as .npy) and cache/ (one file a slice and peer, so that a second run costs nothing)."""

import argparse
import json
import os
import sys
import time
from pathlib import Path

import peers as codecs
import slices as catalogue


THREADS = 2


def curve(item, peer):
    points = []
    for setting in peer.settings:
        coded = peer.encode(item, setting, THREADS)
        if coded is None:
            continue
        decoded = peer.decode(coded, item, setting, THREADS)
        asked = {peer.setting: setting} if peer.setting == "bound" else {"asked": setting}
        points.append({**asked, "bytes": len(coded) + peer.side_bytes + item.mask_bytes, **item.errors(decoded)})
    return points


def cached(path, key, make):
    if path.exists():
        entry = json.loads(path.read_text())
        if entry["key"] == key:
            return entry["value"]
    value = make()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"key": key, "value": value}))
    return value


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", default=os.environ.get("FIELDZIP_DATA"), help="folder of the bench slices (or FIELDZIP_DATA)")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--slices", nargs="*", help="only these; the output then holds no others")
    args = parser.parse_args()
    if not args.data:
        parser.error("name the folder of the bench slices: --data FOLDER, or set FIELDZIP_DATA")

    found, absent = catalogue.load_slices(args.data, args.slices)
    for name in absent:
        print(f"not there, left out: {name}", file=sys.stderr)
    if not found:
        parser.error(f"no slice found in {args.data}")
    work = args.out.parent
    catalogue.dump(found, work / "slices")

    result = {
        "peers": {p.name: {"title": p.title, "version": p.version, "setting": p.setting} for p in codecs.PEERS},
        "slices": {s.name: s.describe() for s in found},
        "lossless": {
            s.name: cached(work / "cache" / f"{s.name}.lossless.json", s.digest, lambda: codecs.lossless_bytes(s.values)) for s in found
        },
        "curves": {s.name: {} for s in found},
    }
    # The slow peer and the large slices last; the file can be used after every curve.
    for peer in codecs.PEERS:
        for item in sorted(found, key=lambda s: s.values.size):
            start = time.time()
            key = [item.digest, item.mask_bytes, peer.version, list(peer.settings)]
            path = work / "cache" / f"{item.name}.{peer.name}.json"
            points = cached(path, key, lambda: curve(item, peer))
            result["curves"][item.name][peer.name] = points
            print(f"{peer.name:12} {item.name:16} {len(points)} points, {time.time() - start:.1f} s", file=sys.stderr)
            partial = args.out.with_suffix(".partial")  # whoever reads the file meanwhile finds it whole
            partial.write_text(json.dumps(result))
            partial.replace(args.out)


if __name__ == "__main__":
    main()
