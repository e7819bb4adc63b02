"""The weights of a bundled model."""
import onnx
import onnx.numpy_helper


def initialisers(path):
    """Arrays of an ONNX file by name."""
    return {tensor.name: onnx.numpy_helper.to_array(tensor) for tensor in onnx.load(path).graph.initializer}
