"""The expected number of groups among n of N samples drawn without replacement, from SciPy's hypergeometric distribution.

    python3 rarefaction.py OUT_FOLDER

Writes rarefaction.json: of each case how many groups there are of each size, n, and the sum over groups of the chance to meet one.
"""
import json
import platform
import sys

import numpy as np
import scipy
from scipy.stats import hypergeom


def case(name, sizes, draws):
    sizes, counts = np.unique(sizes, return_counts=True)
    total = int((sizes * counts).sum())
    draws = sorted({n for n in draws if n <= total} | {total})
    expected = [float((counts * hypergeom.sf(0, total, sizes, n)).sum()) for n in draws]
    return {"name": name, "sizes": sizes.tolist(), "counts": counts.tolist(), "draws": draws, "expected": expected}


def main():
    random = np.random.default_rng(5)
    draws = [0, 1, 2, 3, 10, 30, 100, 300, 1000, 3000, 10000, 30000]
    result = {
        "maker": "tools/reference/rarefaction.py",
        "versions": {"python": platform.python_version(), "numpy": np.__version__, "scipy": scipy.__version__},
        "command": "python3 tools/reference/rarefaction.py tests/Analyzer.Statistics.Tests/Reference",
        "cases": [
            case("all apart", np.ones(500, int), draws),
            case("all alike", [700], draws),
            case("a few sizes", [1, 1, 2, 5, 5, 40], [0, 1, 2, 7, 20, 53]),
            case("many of a heavy tail", np.minimum(random.zipf(1.6, 9000), 4000), draws)]}
    with open(f"{sys.argv[1]}/rarefaction.json", "w", encoding="utf-8") as file:
        json.dump(result, file)
        file.write("\n")


if __name__ == "__main__":
    main()
