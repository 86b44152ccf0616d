"""What training, evaluation and export ask of a recipe: a network together with how it is trained."""


class Recipe:
    """options: what the network cannot be built again without; they are kept in its checkpoints."""

    name: str
    rate: float  # of learning, at its highest
    betas = (0.9, 0.999)  # of Adam
    largest_norm = float("inf")  # of a gradient that is taken as it is
    hard_from: float  # share of the training after which rounding is real
    graph_names = ("encoder", "hyper-encoder", "hyper-decoder", "hyper-decoder-fp32", "decoder")  # each is NAME.onnx

    def __init__(self, options):
        self.options = options

    @staticmethod
    def add_arguments(parser):
        """Options of the command line that only this recipe has."""

    @classmethod
    def from_arguments(cls, args, start=None):
        """start: the options of the checkpoint whose weights this training starts with.

        Raises ValueError where the arguments contradict each other.
        """
        return cls({})

    def build(self):
        raise NotImplementedError

    def parameter_groups(self, net):
        """Groups for the optimiser, each with the factor of its rate."""
        return [{"params": list(net.parameters()), "factor": 1.0}]

    def draw(self, rng, args):
        """(crops, size of a crop, what `loss` is told about them) of the next batch."""
        raise NotImplementedError

    def loss(self, net, crops, drawn, hard):
        """(loss, figures for the log by name)."""
        raise NotImplementedError

    def quality_levels(self):
        """Levels to evaluate unless others are asked for."""
        raise NotImplementedError

    def code(self, net, x, level):
        """(bits a value, share of Z in them, reconstruction) of x, 1 x 1 x H x W in [0, 1], sides multiples of 64, as it is shipped."""
        raise NotImplementedError

    def export(self, net, out):
        """Writes the graphs into the folder and gives what the manifest says of the network."""
        raise NotImplementedError

    def imported(self, manifest, constants_of):
        """A network with the weights of an exported model. constants_of: a graph's name to its arrays by name.

        Raises ValueError where the recipe has no way back.
        """
        raise ValueError(f"a model of the recipe {self.name} cannot be read back: go on with its run")
