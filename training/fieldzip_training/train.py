"""Train a network: python -m fieldzip_training.train --recipe compact|paper --data FOLDER --out RUN --hours 2

It ends when it was told to, after so many hours or steps, and the schedule fits itself to that: the rate of learning falls along half a
cosine, and from some point on rounding is real where noise stood for it before.
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

from . import checkpoint, shipped
from .data import PHOTOGRAPHS_ONLY, SHARES, Crops
from .networks import RECIPES

WARM_STEPS = 200
LOG_STEPS = 50
SAVE_SECONDS = 240
MEAN_DECAY = 0.998


def parsed(argv):
    first = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    first.add_argument("--recipe", choices=sorted(RECIPES), default="compact")
    recipe = RECIPES[first.parse_known_args(argv)[0].recipe]

    parser = argparse.ArgumentParser(description=__doc__, parents=[first], allow_abbrev=False)
    parser.add_argument("--data", required=True, help="folder with science/ and natural/")
    parser.add_argument("--out", required=True, help="folder of checkpoint and log")
    parser.add_argument("--hours", type=float, help="2 unless --steps says when to end")
    parser.add_argument("--steps", type=int)
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--rate", type=float, default=recipe.rate, help="of learning (default %(default)s)")
    parser.add_argument(
        "--hard-from", type=float, default=recipe.hard_from, help="share of the training after which rounding is real (default %(default)s)"
    )
    parser.add_argument("--photographs-only", action="store_true", help="no science and no random fields, as the paper did")
    parser.add_argument("--device", default="cpu", help="cpu or cuda")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0)
    begin = parser.add_mutually_exclusive_group()
    begin.add_argument("--from", dest="start", metavar="RUN", help="begin with the weights of another run")
    begin.add_argument("--from-model", metavar="FOLDER", help="begin with the weights of an exported model")
    parser.add_argument("--resume", action="store_true", help="go on with the run in --out, if there is one")
    recipe.add_arguments(parser)
    args = parser.parse_args(argv)
    if args.hours is None and args.steps is None:
        args.hours = 2.0
    return parser, args


def update_mean(mean, current, count):
    """The running mean of the weights. It forgets faster at first, so that a short run's mean is not of where it began."""
    decay = min(MEAN_DECAY, (1 + int(count)) / (10 + int(count)))
    torch._foreach_lerp_(mean, current, 1 - decay)


def feed(recipe, args, queue):
    """Fills the queue with batches or, if there are none to be had, with the reason."""
    try:
        crops = Crops(args.data, args.seed, PHOTOGRAPHS_ONLY if args.photographs_only else SHARES)
        while True:
            count, size, drawn = recipe.draw(crops.rng, args)
            queue.put((crops.batch(count, size), drawn))
    except Exception as error:
        queue.put(error)


class Run:
    """What a training changes: the network, its running mean, the optimiser, and how far it has come."""

    def __init__(self, args):
        self.folder = args.out
        self.spent, self.steps = 0.0, 0
        resumed = args.resume and os.path.exists(checkpoint.path_of(args.out))
        source = args.out if resumed else args.start or args.from_model
        state = None
        if source:
            state = shipped.read(source) if source == args.from_model else checkpoint.read(source)
        known = checkpoint.recipe_of(state) if state else None
        if known and known.name != args.recipe:
            raise ValueError(f"{source} is a run of the recipe {known.name}, not {args.recipe}")
        self.recipe = known if resumed else RECIPES[args.recipe].from_arguments(args, known.options if known else None)

        self.net = self.recipe.build()
        self.before = {"spent": 0.0, "steps": 0}
        if resumed:
            self.before = checkpoint.before_of(state)
        elif state:
            self.net.load_state_dict(checkpoint.weights_of(state))
            self.before = checkpoint.total_of(state)
        self.net.to(args.device, memory_format=torch.channels_last)
        self.optimiser = torch.optim.Adam(self.recipe.parameter_groups(self.net), lr=args.rate, betas=self.recipe.betas)
        self.average = torch.optim.swa_utils.AveragedModel(self.net, multi_avg_fn=update_mean)
        if resumed:
            self.net.load_state_dict(state["net"])
            self.average.load_state_dict(state["average"])
            self.optimiser.load_state_dict(state["optimiser"])
            self.spent, self.steps = state["spent"], state["steps"]

    def step(self, batch, rate, hard):
        """One step of learning; gives figures for the log."""
        for group in self.optimiser.param_groups:
            group["lr"] = rate * group["factor"]
        crops, drawn = batch
        device = next(self.net.parameters()).device
        loss, figures = self.recipe.loss(self.net, torch.from_numpy(crops).to(device), drawn, hard)
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(self.net.parameters(), self.recipe.largest_norm)
        if torch.isfinite(norm):
            self.optimiser.step()
            self.average.update_parameters(self.net)
        self.steps += 1
        return {"loss": loss.item()} | {name: value.item() for name, value in figures.items()} | {"norm": norm.item()}

    def save(self):
        checkpoint.save(self)


def progress_of(run, args):
    """0 to 1, by whichever of the two limits is nearer."""
    limits = ((run.spent, args.hours and args.hours * 3600), (run.steps, args.steps))
    return max(1.0 if done >= limit else done / limit for done, limit in limits if limit is not None)


def train(run, args):
    queue = Queue(8)
    threading.Thread(target=feed, args=(run.recipe, args, queue), daemon=True).start()
    warm_steps = WARM_STEPS if args.steps is None else min(WARM_STEPS, args.steps // 10 + 1)
    started, saved, recent = time.time() - run.spent, time.time(), []
    with open(os.path.join(args.out, "log.jsonl"), "a") as log:
        while True:
            run.spent = time.time() - started
            progress = progress_of(run, args)
            if progress >= 1:
                break
            batch = queue.get()
            if isinstance(batch, Exception):
                raise batch
            warm = min(1, (run.steps + 1) / warm_steps)
            rate = args.rate * warm * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * progress)))
            hard = progress >= args.hard_from
            recent.append(run.step(batch, rate, hard))
            if run.steps % LOG_STEPS == 0:
                row = {name: round(float(np.mean([r[name] for r in recent])), 4) for name in recent[0]}
                log.write(json.dumps(row | {"step": run.steps, "seconds": round(run.spent), "hard": hard}) + "\n")
                log.flush()
                recent = []
            if time.time() - saved > SAVE_SECONDS:
                saved = time.time()
                run.save()
    run.save()


def main(argv=None):
    parser, args = parsed(argv)
    torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)
    os.makedirs(args.out, exist_ok=True)
    try:
        run = Run(args)
    except ValueError as error:
        parser.error(str(error))
    train(run, args)


if __name__ == "__main__":
    main()
