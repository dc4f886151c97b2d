"""EfficientNet-Lite0 as an ONNX file: the same bytes from the same weights, every time.

The network of Tan and Le (2019) in its Lite variant: no squeeze-and-excitation, ReLU6, stem and head of fixed
width. Batch norms (in inference a scale and a shift for each channel) are folded into the convolutions.
"""

import numpy as np

from targets.apps.classifier import onnx_file
from targets.apps.classifier.weights import Weights

SIDE = 224
"""Width and height of its input, in pixels."""
CLASSES = 1000
INPUT, OUTPUT = "images", "logits"

_STAGES = (
    # kernel's stride, expansion, channels, repeats
    (1, 1, 16, 1),
    (2, 6, 24, 2),
    (2, 6, 40, 2),
    (2, 6, 80, 3),
    (1, 6, 112, 3),
    (2, 6, 192, 4),
    (1, 6, 320, 1),
)
_STEM_CHANNELS = 32
_EPSILON = 1e-3


def network(weights: Weights) -> bytes:
    """The ONNX file: `images`, [N, 3, 224, 224] → `logits`, [N, 1000]."""
    graph = _Graph(weights)
    graph.constant("zero", 0.0)
    graph.constant("six", 6.0)
    flow = graph.convolution(INPUT, "_conv_stem", "_bn0", stride=2)
    channels, number = _STEM_CHANNELS, 0
    for first_stride, expansion, out_channels, repeats in _STAGES:
        for repeat in range(repeats):
            block, stride, entry = f"_blocks.{number}.", 1 if repeat else first_stride, flow
            if expansion != 1:
                flow = graph.convolution(flow, f"{block}_expand_conv", f"{block}_bn0")
            flow = graph.convolution(
                flow, f"{block}_depthwise_conv", f"{block}_bn1", stride=stride, depthwise=True
            )
            flow = graph.convolution(flow, f"{block}_project_conv", f"{block}_bn2", activated=False)
            if stride == 1 and channels == out_channels:
                flow = graph.operation("Add", [flow, entry])
            channels, number = out_channels, number + 1
    flow = graph.convolution(flow, "_conv_head", "_bn1")
    flow = graph.operation("GlobalAveragePool", [flow])
    flow = graph.operation("Flatten", [flow], axis=1)
    return graph.finished(flow)


class _Graph:
    """The network as built so far."""

    def __init__(self, weights: Weights) -> None:
        self._weights = weights
        self._nodes: list[bytes] = []
        self._constants: list[bytes] = []
        self._side = SIDE

    def constant(self, name: str, values: "float | np.typing.NDArray[np.float64]") -> str:
        self._constants.append(onnx_file.tensor(name, values))
        return name

    def operation(self, operator: str, inputs: list[str], **attributes: int | list[int]) -> str:
        """Adds an operation, and returns the name of its output."""
        number = len(self._nodes) + 1
        output = f"t{number}"
        self._nodes.append(onnx_file.node(operator, inputs, output, f"{operator}_{number}", attributes))
        return output

    def convolution(
        self,
        flow: str,
        name: str,
        norm: str,
        *,
        stride: int = 1,
        depthwise: bool = False,
        activated: bool = True,
    ) -> str:
        """A convolution with its batch norm folded in, padded as by TensorFlow: the odd pixel last."""
        kernel = self._weights[f"{name}.weight"].astype(np.float64)
        gain, shift, mean, variance = (
            self._weights[f"{norm}.{part}"].astype(np.float64)
            for part in ("weight", "bias", "running_mean", "running_var")
        )
        scale = gain / np.sqrt(variance + _EPSILON)
        channels, _, size, _ = kernel.shape
        out_side = -(-self._side // stride)
        padding = max((out_side - 1) * stride + size - self._side, 0)
        near, far = padding // 2, padding - padding // 2
        self._side = out_side
        inputs = [
            flow,
            self.constant(f"{name}.w", kernel * scale[:, None, None, None]),
            self.constant(f"{name}.b", shift - mean * scale),
        ]
        flow = self.operation(
            "Conv",
            inputs,
            kernel_shape=[size, size],
            strides=[stride, stride],
            pads=[near, near, far, far],
            group=channels if depthwise else 1,
        )
        return self.operation("Clip", [flow, "zero", "six"]) if activated else flow

    def finished(self, flow: str) -> bytes:
        inputs = [
            flow,
            self.constant("fc.w", self._weights["_fc.weight"]),
            self.constant("fc.b", self._weights["_fc.bias"]),
        ]
        self._nodes.append(onnx_file.node("Gemm", inputs, OUTPUT, "fc", {"transB": 1}))
        return onnx_file.model(
            self._nodes,
            self._constants,
            "efficientnet_lite0",
            onnx_file.value(INPUT, ["N", 3, SIDE, SIDE]),
            onnx_file.value(OUTPUT, ["N", CLASSES]),
        )
