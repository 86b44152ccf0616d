"""The networks and their recipes: `compact`, which fieldzip ships, and `paper`, that of Hayne, Clyne and Li."""

from .compact_recipe import CompactRecipe
from .paper_recipe import PaperRecipe

RECIPES = {recipe.name: recipe for recipe in (CompactRecipe, PaperRecipe)}
