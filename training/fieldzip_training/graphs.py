"""ONNX graphs of a network: what fieldzip runs.

Float graphs come from PyTorch's exporter; their weights can be stored as float16 and cast back when the session loads. The integer
hyper-decoder is written by hand, twice, with the same bits: 8-bit operators for processors, the same integers in
float32 for CUDA.
"""

import os

import numpy as np
import onnx
import onnxruntime
import torch
from onnx import TensorProto, helper, numpy_helper

OPSET = 20
FLOAT, U8, S8, S32 = TensorProto.FLOAT, TensorProto.UINT8, TensorProto.INT8, TensorProto.INT32


def export_float(module, inputs, input_names, output_name, dynamic, path, half=True):
    """Exports a module of float tensors; `dynamic`: for each input, {axis: name}; `half`: store weights as float16."""
    module.eval()
    torch.onnx.export(
        module,
        inputs,
        path,
        input_names=input_names,
        output_names=[output_name],
        opset_version=OPSET,
        dynamic_axes={n: d for n, d in zip(input_names, dynamic) if d} | {output_name: {2: "rows", 3: "columns"}},
        dynamo=False,
    )
    model = onnx.load(path)
    onnx.save(plain(halve(model) if half else model), path)


def halve(model):
    """Stores float32 weights of any size as float16 behind a Cast, which the runtime folds when it loads."""
    graph = model.graph
    casts = []
    for tensor in list(graph.initializer):
        if tensor.data_type != FLOAT or np.prod(tensor.dims) < 64:
            continue
        values = numpy_helper.to_array(tensor)
        graph.initializer.remove(tensor)
        graph.initializer.append(numpy_helper.from_array(values.astype(np.float16), tensor.name + "_h"))
        casts.append(helper.make_node("Cast", [tensor.name + "_h"], [tensor.name], to=FLOAT))
    for cast in reversed(casts):
        graph.node.insert(0, cast)
    return model


def plain(model):
    """Without what the exporter noted of its sources: stack traces and local paths are nobody's business."""
    for node in model.graph.node:
        node.doc_string = ""
        del node.metadata_props[:]
    for value in list(model.graph.value_info):
        model.graph.value_info.remove(value)
    model.doc_string, model.graph.doc_string = "", ""
    del model.metadata_props[:]
    model.producer_name, model.producer_version = "fieldzip", ""
    model.graph.name = "fieldzip"
    onnx.checker.check_model(model)
    return model


class IntegerChain:
    """A chain of quantised convolutions, each perhaps followed by depth-to-space, as integers."""

    def __init__(self, layers, shuffles, names=("z", "params")):
        self.input, self.output = names
        self.layers = [(layer.integers(), layer.kernel_size[0], layer.in_exponent, layer.out_exponent) for layer in layers]
        self.shuffles = shuffles
        for (weight, bias, _), _, _, _ in self.layers:
            # The sum that any input can give, and every partial sum on the way there, is exact in float32.
            largest = 255 * weight.abs().long().sum((1, 2, 3)) + bias.abs()
            assert largest.max() < 2**24, "a sum of the integer network may leave float32's integers"

    def save(self, inputs, outputs, path, path_float32, ratios=(32, 8)):
        """ratios: of pixels to the sites of the input and of the output, which the graphs' axes are named for."""
        onnx.save(self.eight_bit(inputs, outputs, ratios), path)
        onnx.save(self.float32(inputs, outputs, ratios), path_float32)

    def eight_bit(self, inputs, outputs, ratios):
        """Input and output uint8; the input's zero point is 128, as what goes in has a sign."""
        nodes, tensors = [], []

        def constant(name, array):
            tensors.append(numpy_helper.from_array(array, name))
            return name

        x, zero_point = self.input, constant("zero_in", np.uint8(128))
        zero = constant("zero", np.uint8(0))
        for i, ((weight, bias, shift), kernel, in_exponent, out_exponent) in enumerate(self.layers):
            last = i == len(self.layers) - 1
            weight_exponent = shift.numpy() - in_exponent + out_exponent
            scale = constant(f"scale_in{i}", np.float32(2.0**-in_exponent))
            zero_weights = constant(f"zero_weights{i}", np.zeros(len(weight), np.int8))
            y = self.output if last else f"layer{i}"
            nodes.append(
                helper.make_node(
                    "QLinearConv",
                    [
                        x, scale, zero_point,
                        constant(f"weights{i}", weight.numpy().astype(np.int8)),
                        constant(f"scale_weights{i}", (2.0 ** -weight_exponent.astype(np.float64)).astype(np.float32)),
                        zero_weights,
                        constant(f"scale_out{i}", np.float32(2.0**-out_exponent)), zero,
                        constant(f"bias{i}", bias.numpy().astype(np.int32)),
                    ],
                    [y],
                    kernel_shape=[kernel, kernel],
                    pads=[kernel // 2] * 4,
                )
            )
            x, zero_point = y, zero
            if self.shuffles[i]:
                x = self._shuffle(nodes, tensors, x, f"wide{i}", len(weight) // 4, U8)
        return self._model(nodes, tensors, inputs, outputs, U8, ratios)

    def float32(self, inputs, outputs, ratios):
        """The same integers in float32 for CUDA: input as it is (no zero point), output 0..255."""
        nodes, tensors = [], []

        def constant(name, array):
            tensors.append(numpy_helper.from_array(array, name))
            return name

        x, low, high = self.input, constant("low", np.float32(0)), constant("high", np.float32(255))
        for i, ((weight, bias, shift), kernel, _, _) in enumerate(self.layers):
            last = i == len(self.layers) - 1
            constant(f"weights{i}_b", weight.numpy().astype(np.int8))
            nodes.append(helper.make_node("Cast", [f"weights{i}_b"], [f"weights{i}"], to=FLOAT))
            constant(f"bias{i}", bias.numpy().astype(np.float32))
            constant(f"factor{i}", (2.0 ** -shift.numpy().astype(np.float64)).astype(np.float32).reshape(1, -1, 1, 1))
            nodes.append(
                helper.make_node("Conv", [x, f"weights{i}", f"bias{i}"], [f"sum{i}"], kernel_shape=[kernel, kernel], pads=[kernel // 2] * 4)
            )
            nodes.append(helper.make_node("Mul", [f"sum{i}", f"factor{i}"], [f"scaled{i}"]))
            nodes.append(helper.make_node("Round", [f"scaled{i}"], [f"rounded{i}"]))
            y = self.output if last else f"layer{i}"
            nodes.append(helper.make_node("Clip", [f"rounded{i}", low, high], [y]))
            x = y
            if self.shuffles[i]:
                x = self._shuffle(nodes, tensors, x, f"wide{i}", len(weight) // 4, FLOAT)
        return self._model(nodes, tensors, inputs, outputs, FLOAT, ratios)

    @staticmethod
    def _shuffle(nodes, tensors, x, name, channels, kind):
        nodes.append(helper.make_node("DepthToSpace", [x], [name], blocksize=2, mode="CRD"))
        return name

    def _model(self, nodes, tensors, inputs, outputs, kind, ratios):
        coarse, fine = ratios
        graph = helper.make_graph(
            nodes,
            "fieldzip",
            [helper.make_tensor_value_info(self.input, kind, [1, inputs, f"rows{coarse}", f"columns{coarse}"])],
            [helper.make_tensor_value_info(self.output, kind, [1, outputs, f"rows{fine}", f"columns{fine}"])],
            tensors,
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=9)
        return plain(model)


def run(out, name, **inputs):
    """The output of one of the graphs in a folder."""
    return onnxruntime.InferenceSession(os.path.join(out, name + ".onnx"), providers=["CPUExecutionProvider"]).run(None, inputs)[0]


def sample_of_z(shape):
    return np.clip(np.round(np.random.default_rng(1).standard_normal(shape) * 6), -128, 127)


def check_integer_twins(out, name, input_name, sample, own):
    """The 8-bit graph, its float32 twin and PyTorch (`own`) give the same integers for a sample of signed integers."""
    eight = run(out, name, **{input_name: (sample + 128).astype(np.uint8)})
    wide = run(out, name + "-fp32", **{input_name: sample.astype(np.float32)})
    assert (eight == wide).all() and (eight == own).all(), "the integer graphs differ"
    print(f"{name}: integer graphs agree; their outputs span {eight.min()} to {eight.max()}")
