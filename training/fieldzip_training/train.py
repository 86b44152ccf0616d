"""Train a network: python -m fieldzip_training.train --data FOLDER --out RUN --hours 2

The schedule is one of time, not of steps: it ends when it was told to, on whatever machine. The first part uses noise in place of
rounding, the second codes what will be coded: rounded latents, chosen by rate and distortion.
"""

import argparse
import json
import math
import os
import threading
import time
from queue import Queue

import numpy as np
import torch

from .data import Crops
from .levels import LEVELS, PIXEL_SCALE, batch_of
from .networks.compact import Compact

LEVEL_WEIGHTS = np.array([0.4, 0.6, 1, 1, 1.2, 1.2, 1.2, 1.2, 1.1, 0.7])


def draw_levels(rng, count):
    levels = 1 + rng.choice(LEVELS, count, p=LEVEL_WEIGHTS / LEVEL_WEIGHTS.sum()).astype(float)
    between = rng.random(count) < 0.3
    levels[between] = np.clip(levels[between] + rng.uniform(-1, 1, between.sum()), 1, LEVELS)
    return levels.tolist()


def batches(args, queue):
    crops = Crops(args.data, args.seed)
    while True:
        size = 128 if crops.rng.random() < 0.8 else 256
        count = args.batch if size == 128 else max(1, args.batch // 4)
        queue.put((crops.batch(count, size), draw_levels(crops.rng, count)))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", required=True, help="folder with science/ and natural/")
    parser.add_argument("--out", required=True, help="folder of checkpoints and log")
    parser.add_argument("--hours", type=float, default=2)
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--rate", type=float, default=1e-3)
    parser.add_argument("--hard-from", type=float, default=0.5, help="share of the time after which rounding is real")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--resume", action="store_true")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)
    os.makedirs(args.out, exist_ok=True)

    net = Compact().to(memory_format=torch.channels_last)
    fast = net.gain_parameters()
    names = {id(p) for p in fast}
    groups = [
        {"params": [p for p in net.parameters() if id(p) not in names], "factor": 1.0},
        {"params": fast, "factor": 4.0},
    ]
    optimiser = torch.optim.Adam(groups, lr=args.rate, betas=(0.9, 0.99))
    average = torch.optim.swa_utils.AveragedModel(net, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(0.998))
    spent, steps = 0.0, 0
    checkpoint = os.path.join(args.out, "checkpoint.pt")
    if args.resume and os.path.exists(checkpoint):
        state = torch.load(checkpoint)
        net.load_state_dict(state["net"]), average.load_state_dict(state["average"]), optimiser.load_state_dict(state["optimiser"])
        spent, steps = state["spent"], state["steps"]

    queue = Queue(8)
    threading.Thread(target=batches, args=(args, queue), daemon=True).start()
    log = open(os.path.join(args.out, "log.jsonl"), "a")
    total, started, saved = args.hours * 3600, time.time() - spent, time.time()
    recent = []
    while (spent := time.time() - started) < total:
        progress = spent / total
        warm = min(1, (steps + 1) / 200)
        for group in optimiser.param_groups:
            group["lr"] = args.rate * group["factor"] * warm * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * progress)))
        crops, levels = queue.get()
        weights, step, lam = batch_of(levels)
        hard = progress >= args.hard_from
        bpp, error, parts = net.bits(torch.from_numpy(crops), weights, step, lam, hard)
        cost = torch.log(bpp + lam * PIXEL_SCALE * error + 0.05)
        loss = cost.mean()
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(net.parameters(), 2.0)
        if torch.isfinite(norm):
            optimiser.step()
            average.update_parameters(net)
        steps += 1
        recent.append((loss.item(), bpp.mean().item(), parts["z"].mean().item(), (error / parts["linear_error"]).log().mean().item()))
        if steps % 50 == 0:
            mean = np.mean(recent, 0)
            row = dict(zip(("loss", "bpp", "bpp_z", "log_gain_of_network"), (round(float(m), 4) for m in mean)))
            row.update(step=steps, seconds=round(spent), hard=hard, norm=round(float(norm), 3))
            log.write(json.dumps(row) + "\n")
            log.flush()
            recent = []
        if time.time() - saved > 240:
            saved = time.time()
            state = {"net": net.state_dict(), "average": average.state_dict(), "optimiser": optimiser.state_dict(), "spent": spent, "steps": steps}
            torch.save(state, checkpoint + ".part")
            os.replace(checkpoint + ".part", checkpoint)
    torch.save({"net": net.state_dict(), "average": average.state_dict(), "optimiser": optimiser.state_dict(), "spent": spent, "steps": steps}, checkpoint)


if __name__ == "__main__":
    main()
