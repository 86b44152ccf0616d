"""The networks of the walk over bands: integer perceptrons as the predict codec's, of more inputs, and their file."""

from ..predict.network import Perceptron, logistic_counts

ORIENTATIONS, INPUTS = 3, 44


def perceptrons():
    return [Perceptron(INPUTS) for _ in range(ORIENTATIONS)]


def file_of(networks):
    """The file: for each orientation the network, then the first counts of its shapes (small floats, a byte each)."""
    return b"".join(network.to_bytes() for network in networks)
