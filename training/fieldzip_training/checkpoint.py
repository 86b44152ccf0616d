"""Checkpoints of a run: weights, their running mean, the optimiser, and the recipe with its options."""

import os

import torch

from .networks import RECIPES


def path_of(run):
    return os.path.join(run, "checkpoint.pt")


def save(run):
    state = {
        "recipe": run.recipe.name,
        "options": run.recipe.options,
        "net": run.net.state_dict(),
        "average": run.average.state_dict(),
        "optimiser": run.optimiser.state_dict(),
        "spent": run.spent,
        "steps": run.steps,
        "before": run.before,
    }
    path = path_of(run.folder)
    torch.save(state, path + ".part")
    os.replace(path + ".part", path)


def before_of(state):
    """Seconds and steps of the runs that this one went on with."""
    return state.get("before", {"spent": 0.0, "steps": 0})


def total_of(state):
    """Seconds and steps that made the weights, those of earlier runs included."""
    before = before_of(state)
    return {"spent": before["spent"] + state["spent"], "steps": before["steps"] + state["steps"]}


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
