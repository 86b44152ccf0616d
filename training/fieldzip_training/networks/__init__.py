"""The networks and their recipes: `compact` and `context`, which fieldzip ships, and `paper`, that of Hayne, Clyne and Li."""

from .compact_recipe import CompactRecipe
from .context_recipe import ContextRecipe
from .paper_recipe import PaperRecipe

RECIPES = {recipe.name: recipe for recipe in (CompactRecipe, ContextRecipe, PaperRecipe)}
