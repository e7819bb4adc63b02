#!/usr/bin/python3
"""Trains the MNIST MLPs of He et al., arXiv 2101.05490, and exports them to ONNX.

    tools/train/mnist_mlp.py --widths 10 20 30 --seeds 1 --out models

Dense(width) -> BatchNorm -> ReLU, depth times, then Dense(10). The same command on the same machine gives the
same bytes. A run that was stopped continues from its checkpoint when the command is given again; a model that
is finished is not trained again. Progress goes to stderr.
"""
import hash_encoder

if __name__ == "__main__":
    # These files have no metadata: they were the first, and their bytes are kept.
    hash_encoder.main(__doc__, "mnist", 48_000, [10, 20, 30, 40, 60, 80, 100], depth=1, properties_of=lambda settings: None)
