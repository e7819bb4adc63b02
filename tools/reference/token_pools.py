#!/usr/bin/python3
"""What pools of tokens give, masked and not, by NumPy in double precision.

    tools/reference/token_pools.py tests/Analyzer.Core.Tests/Reference
"""
import json
import sys
from pathlib import Path

import numpy as np

x = np.random.default_rng(11).standard_normal((3, 5, 4)).astype(np.float32)
mask = np.array([[1, 1, 1, 0, 0], [1, 1, 1, 1, 1], [0, 1, 0, 1, 0]])


def counted(function):
    return [function(rows[keep != 0].astype(np.float64)) for rows, keep in zip(x, mask)]


def flat(values):
    return np.asarray(values, np.float64).ravel().tolist()


values = {
    "x": flat(x), "mask": mask.ravel().tolist(),
    "mean": flat(x.astype(np.float64).mean(1)), "max": flat(x.max(1)), "std": flat(x.astype(np.float64).std(1)),
    "masked mean": flat(counted(lambda r: r.mean(0))), "masked max": flat(counted(lambda r: r.max(0))), "masked std": flat(counted(lambda r: r.std(0))),
    "cls": flat(x[:, 0]), "last": flat(x[:, -1]), "masked last": flat(counted(lambda r: r[-1])), "none": flat(x),
}
made = {"maker": f"tools/reference/token_pools.py with NumPy {np.__version__}", "shape": list(x.shape), **values}
Path(sys.argv[1], "token-pools.json").write_text(json.dumps(made) + "\n")
