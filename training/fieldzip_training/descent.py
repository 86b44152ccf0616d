"""Training of the native coder's small networks."""

import math
import time

import torch

CLIP, AVERAGE = 1.0, 0.01
EVERY = 500  # steps between lines


def descend(networks, loss_of, minutes, rate, said=lambda: ""):
    """Adam for so many minutes, its rate falling along half a cosine; the networks end with averaged weights.

    loss_of(i, network) is the loss of a batch; said() is printed now and then behind the mean losses.
    """
    every = torch.nn.ModuleList(networks)
    optimiser = torch.optim.Adam(every.parameters(), lr=rate)
    average = {k: v.clone() for k, v in every.state_dict().items()}
    means = [None] * len(networks)
    began, step = time.time(), 0
    while (share := (time.time() - began) / (60 * minutes)) < 1:
        for group in optimiser.param_groups:
            group["lr"] = rate * 0.5 * (1 + math.cos(math.pi * share)) + 1e-5
        optimiser.zero_grad()
        for i, network in enumerate(networks):
            loss = loss_of(i, network)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(network.parameters(), CLIP)
            means[i] = loss.item() if means[i] is None else 0.99 * means[i] + 0.01 * loss.item()
        optimiser.step()
        step += 1
        with torch.no_grad():
            for k, v in every.state_dict().items():
                average[k].lerp_(v, AVERAGE)
        if step % EVERY == 0:
            print(f"{step} {time.time() - began:.0f} s: {' '.join(f'{mean:.4f}' for mean in means)} {said()}", flush=True)
    every.load_state_dict(average)
