"""The networks: `compact`, which fieldzip ships, and `paper`, that of Hayne, Clyne and Li."""
