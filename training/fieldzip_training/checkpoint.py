"""Checkpoints of a run: weights, their running mean, the optimiser, and the recipe with its options."""

import os

import torch

from .networks import RECIPES


def path_of(run):
    return os.path.join(run, "checkpoint.pt")


def save(run, recipe, net, average, optimiser, spent, steps):
    state = {
        "recipe": recipe.name,
        "options": recipe.options,
        "net": net.state_dict(),
        "average": average.state_dict(),
        "optimiser": optimiser.state_dict(),
        "spent": spent,
        "steps": steps,
    }
    torch.save(state, path_of(run) + ".part")
    os.replace(path_of(run) + ".part", path_of(run))


def read(run):
    return torch.load(path_of(run), map_location="cpu", weights_only=True)


def recipe_of(state):
    # Checkpoints from before there was a second recipe do not name theirs.
    return RECIPES[state.get("recipe", "compact")](state.get("options", {}))


def weights_of(state, raw=False):
    """raw: as they were at the last step, not their running mean."""
    if raw:
        return state["net"]
    return {k.removeprefix("module."): v for k, v in state["average"].items() if k != "n_averaged"}


def load(run, raw=False):
    """(recipe, network ready for use, state) of a run."""
    state = read(run)
    recipe = recipe_of(state)
    net = recipe.build()
    net.load_state_dict(weights_of(state, raw))
    return recipe, net.eval(), state
