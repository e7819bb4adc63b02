"""Evaluates an ONNX graph by NumPy: the operators of this project's models, in code that PyTorch has no part in."""
import numpy as np
import onnx
import onnx.numpy_helper
from scipy.special import erf, expit

BATCH = 100  # images at a time: more do not fit the cache


def windows(x, kernel, strides, pads):
    """Every window of x [n, c, h, w] as [n, c, rows, columns, kernel rows, kernel columns]."""
    top, left, bottom, right = pads
    x = np.pad(x, ((0, 0), (0, 0), (top, bottom), (left, right)))
    return np.lib.stride_tricks.sliding_window_view(x, kernel, (2, 3))[:, :, ::strides[0], ::strides[1]]


def convolve(x, weight, bias=None, strides=(1, 1), pads=(0, 0, 0, 0), **ignored):
    n, (outputs, *_) = len(x), weight.shape
    patches = windows(x, weight.shape[2:], strides, pads)
    rows, columns = patches.shape[2:4]
    flat = np.ascontiguousarray(patches.transpose(0, 2, 3, 1, 4, 5)).reshape(n * rows * columns, -1)
    y = flat @ weight.reshape(outputs, -1).T
    y = y if bias is None else y + bias
    return y.reshape(n, rows, columns, outputs).transpose(0, 3, 1, 2)


def gemm(x, weight, bias, transB=0, **ignored):
    return x @ (weight.T if transB else weight) + bias


def batch_norm(x, scale, shift, mean, variance, epsilon=1e-5, **ignored):
    shape = (1, -1) + (1,) * (x.ndim - 2)
    scale, shift, mean, variance = (v.reshape(shape) for v in (scale, shift, mean, variance))
    return (x - mean) / np.sqrt(variance + np.float32(epsilon)) * scale + shift


def softmax(x, axis=-1):
    e = np.exp(x - x.max(axis, keepdims=True))
    return e / e.sum(axis, keepdims=True)


# The constants of the ONNX operator, which are float32.
SELU_ALPHA, SELU_GAMMA = np.float32(1.67326319217681884765625), np.float32(1.05070102214813232421875)

OPERATORS = {
    "Add": lambda x, y: x + y,
    "Sub": lambda x, y: x - y,
    "Mul": lambda x, y: x * y,
    "Div": lambda x, y: x / y,
    "Pow": lambda x, y: np.square(x) if y == 2 else np.power(x, y).astype(x.dtype),
    "Sqrt": np.sqrt,
    "Erf": erf,
    "Relu": lambda x: np.maximum(x, 0),
    "Tanh": np.tanh,
    "Sigmoid": expit,
    "Selu": lambda x, **ignored: SELU_GAMMA * np.where(x > 0, x, SELU_ALPHA * np.expm1(np.minimum(x, 0))),
    "Softmax": softmax,
    "MatMul": np.matmul,
    "Gemm": gemm,
    "Conv": convolve,
    "BatchNormalization": batch_norm,
    "MaxPool": lambda x, kernel_shape, strides, pads=(0, 0, 0, 0), **ignored: windows(x, kernel_shape, strides, pads).max((4, 5)),
    "ReduceMean": lambda x, axes, keepdims=1: x.mean(tuple(axes), keepdims=bool(keepdims)),
    "Transpose": lambda x, perm: x.transpose(perm),
    "Reshape": lambda x, shape: x.reshape([x.shape[i] if size == 0 else size for i, size in enumerate(shape)]),
    "Flatten": lambda x, axis=1: x.reshape(int(np.prod(x.shape[:axis])), -1),
    "Identity": lambda x: x,
    "Constant": lambda value: onnx.numpy_helper.to_array(value),
}


def evaluate(model, images):
    """The logits [n, classes] of images, whatever their shape beyond n: they take the input's."""
    initial = {t.name: onnx.numpy_helper.to_array(t) for t in model.graph.initializer}
    shape = [d.dim_value for d in model.graph.input[0].type.tensor_type.shape.dim[1:]]
    return np.concatenate([run(model, initial, images[i:i + BATCH].reshape(-1, *shape)) for i in range(0, len(images), BATCH)])


def run(model, initial, images):
    values = {**initial, model.graph.input[0].name: images}
    for node in model.graph.node:
        if node.op_type not in OPERATORS:
            raise ValueError(f"`{node.op_type}` is not an operator of these models: {', '.join(OPERATORS)}")
        attributes = {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}
        values[node.output[0]] = OPERATORS[node.op_type](*(values[name] for name in node.input), **attributes)
    return values[model.graph.output[0].name]


def accuracies(model, splits):
    """Share of samples classified as labelled, per split, in [0, 1]."""
    return {
        name: round(float((evaluate(model, images).argmax(1) == labels).mean()), 5)
        for name, (images, labels) in splits.items()
    }
