"""Reference files for agglomerative clustering and feature redundancy, from SciPy.

    python3 linkage.py MODELS_FOLDER OUT_FOLDER

Writes linkage.json, and the matrices it speaks of as float32, row after row: linkage-weights.bin (a trained layer) and
linkage-gaussian.bin. Trees of tie-heavy integer distances hold SciPy's whole Z; those of features only heights and counts,
and what `dendrogram` draws of their last merges: places of leaves are 5, 15, 25 … there.
"""
import json
import platform
import sys

import numpy as np
import onnx
import onnx.numpy_helper
import scipy
from scipy.cluster.hierarchy import dendrogram, fcluster, leaves_list, linkage
from scipy.spatial.distance import pdist, squareform

METHODS = ("average", "complete", "single")
THRESHOLDS = (.1, .2, .3, .4, .5, .54, .6, .7, .8, .9)


def count(tree, rows, tau):
    return int(rows - len(set(fcluster(tree, 1 - tau, "distance"))))


def top(tree, leaves):
    drawn = dendrogram(tree, p=leaves, truncate_mode="lastp", no_plot=True)
    return {"leaves": leaves, "labels": drawn["ivl"], "links": sorted([x[0], x[2], *y] for x, y in zip(drawn["icoord"], drawn["dcoord"]))}


def features(name, matrix):
    matrix.astype("<f4").tofile(f"{sys.argv[2]}/linkage-{name}.bin")
    cosine = pdist(matrix.astype(np.float64), "cosine")
    result = {"name": name, "rows": matrix.shape[0], "columns": matrix.shape[1], "trees": []}
    for similarity, distances in (("Signed", cosine), ("Absolute", 1 - np.abs(1 - cosine))):
        for method in METHODS:
            tree = linkage(distances, method)
            result["trees"].append({
                "similarity": similarity, "linkage": method, "heights": tree[:, 2].tolist(), "leaves": leaves_list(tree).tolist(),
                "redundant": [count(tree, len(matrix), tau) for tau in THRESHOLDS], "top": top(tree, 16)})
    return result


def ties(rows, largest, seed):
    distances = np.random.default_rng(seed).integers(1, largest + 1, rows * (rows - 1) // 2).astype(float)
    result = {"rows": rows, "distances": squareform(distances).astype(int).ravel().tolist(), "trees": []}
    for method in METHODS:
        tree = linkage(distances, method)
        cut = float(np.median(tree[:, 2]))
        result["trees"].append({
            "linkage": method, "first": tree[:, 0].astype(int).tolist(), "second": tree[:, 1].astype(int).tolist(),
            "heights": tree[:, 2].tolist(), "sizes": tree[:, 3].astype(int).tolist(), "leaves": leaves_list(tree).tolist(),
            "cut": cut, "labels": fcluster(tree, cut, "distance").tolist(), "tops": [top(tree, leaves) for leaves in (1, 2, 9, rows)]})
    return result


def null(rows, columns, draws, seed):
    random = np.random.default_rng(seed)
    counts = {method: [] for method in METHODS}
    for _ in range(draws):
        distances = pdist(random.standard_normal((rows, columns)), "cosine")
        for method in METHODS:
            tree = linkage(distances, method)
            counts[method].append([count(tree, rows, tau) for tau in THRESHOLDS])
    return {"rows": rows, "columns": columns, "draws": draws,
            "linkages": [{"linkage": method, "mean": np.mean(values, 0).tolist(), "std": np.std(values, 0, ddof=1).tolist()}
                         for method, values in counts.items()]}


def main():
    model = onnx.load(f"{sys.argv[1]}/mnist-mlp-w060.onnx")
    weights = next(onnx.numpy_helper.to_array(t) for t in model.graph.initializer if t.dims[:] in ([60, 784], [784, 60]))
    weights = weights if weights.shape[0] == 60 else weights.T
    gaussian = np.random.default_rng(1).standard_normal((64, 27)).astype(np.float32)
    result = {
        "maker": "tools/reference/linkage.py",
        "versions": {"python": platform.python_version(), "numpy": np.__version__, "scipy": scipy.__version__, "onnx": onnx.__version__},
        "command": "python3 tools/reference/linkage.py models tests/Analyzer.Statistics.Tests/Reference",
        "model": "models/mnist-mlp-w060.onnx, the weights of /hidden1/Gemm",
        "thresholds": THRESHOLDS,
        "features": [features("weights", weights), features("gaussian", gaussian)],
        "ties": [ties(2, 1, 0), ties(17, 3, 1), ties(40, 5, 2)],
        "nulls": [null(64, 27, 400, 3), null(64, 576, 400, 4)]}
    with open(f"{sys.argv[2]}/linkage.json", "w", encoding="utf-8") as file:
        json.dump(result, file)
        file.write("\n")


if __name__ == "__main__":
    main()
