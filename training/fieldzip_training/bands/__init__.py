"""The wavelet codec's walk over bands: its networks, one an orientation."""
