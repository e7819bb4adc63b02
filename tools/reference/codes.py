"""What scikit-learn, faiss and SciPy find in activation codes: the values the analyzer's `codes` analysis must agree with.

Codes are packed bits, [rows, bytes] uint8 as `numpy.packbits` gives them. Prints one JSON object.
"""
import argparse
import json
import os
import sys

os.environ.setdefault("OMP_NUM_THREADS", "2")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "2")

import faiss
import numpy as np
import scipy
import sklearn
from scipy.optimize import linear_sum_assignment
from scipy.special import expit, log_softmax, softmax
from sklearn.cluster import KMeans
from sklearn.linear_model import LogisticRegression
from sklearn.multiclass import OneVsOneClassifier
from sklearn.neighbors import KNeighborsClassifier


def versions():
    return {"python": sys.version.split()[0], "numpy": np.__version__, "scipy": scipy.__version__,
            "scikit-learn": sklearn.__version__, "faiss": faiss.__version__}


def unpack(codes, bits, dtype=np.float64):
    return np.unpackbits(codes, axis=1)[:, :bits].astype(dtype)


def distinct(codes):
    return int(len(np.unique(codes, axis=0)))


def vote(labels, classes):
    """Most frequent label of each row; `argmax` gives ties to the smallest."""
    return np.array([np.bincount(row, minlength=classes).argmax() for row in labels])


def nearest(train, test, bits, k):
    """The k nearest training rows of each query; among rows equally far the smallest row numbers."""
    dense, norms = unpack(train, bits, np.float32), unpack(train, bits, np.float32).sum(1)
    rows = np.empty((len(test), k), np.int64)
    for first in range(0, len(test), 256):
        queries = unpack(test[first:first + 256], bits, np.float32)
        distances = np.rint(norms + queries.sum(1)[:, None] - 2 * queries @ dense.T).astype(np.int64)
        rows[first:first + 256] = np.sort(distances * len(train) + np.arange(len(train)), axis=1)[:, :k] % len(train)
    return rows


def neighbours(train, test, labels, truth, bits, k, classes, limit):
    ours = vote(labels[nearest(train, test, bits, k)], classes)
    faiss.omp_set_num_threads(2)
    index = faiss.IndexBinaryFlat(train.shape[1] * 8)
    index.add(np.ascontiguousarray(train))
    by_faiss = vote(labels[index.search(np.ascontiguousarray(test), k)[1]], classes)
    model = KNeighborsClassifier(k, metric="hamming", algorithm="brute").fit(unpack(train, bits, bool), labels)
    by_sklearn = model.predict(unpack(test[:limit], bits, bool))
    share = lambda guess: float((guess == truth[:len(guess)]).mean())
    return {"k": k, "accuracy": share(ours), "predicted": ours.tolist(),
            "faiss": {"accuracy": share(by_faiss), "predictedOtherwise": int((by_faiss != ours).sum())},
            "scikitLearn": {"queries": len(by_sklearn), "accuracy": share(by_sklearn), "accuracyOursOnThese": share(ours[:limit]),
                            "predictedOtherwise": int((by_sklearn != ours[:limit]).sum())}}


def agreement(clusters, labels, k, classes):
    counts = np.zeros((k, classes), np.int64)
    np.add.at(counts, (clusters, labels), 1)
    matched = counts[linear_sum_assignment(counts, maximize=True)].sum()
    return {"purity": float(counts.max(1).sum() / len(labels)), "matched": float(matched / len(labels))}


def group_means(x, k):
    """Centres without ties: centre c is the mean of rows [c g, (c + 1) g) with g = min(50, rows / k)."""
    size = min(50, len(x) // k)
    return np.array([x[c * size:(c + 1) * size].mean(0) for c in range(k)])


def clusters(codes, labels, bits, k, classes, centres):
    x = unpack(codes, bits)
    given = KMeans(k, init=group_means(x, k) if centres is None else centres, n_init=1, max_iter=300).fit(x)
    best = KMeans(k, n_init=10, max_iter=300, random_state=0).fit(x)
    return {"k": k,
            "given": {"inertia": float(given.inertia_), "iterations": int(given.n_iter_), "labels": given.labels_.tolist(),
                      **agreement(given.labels_, labels, k, classes)},
            "restarts": {"count": 10, "inertia": float(best.inertia_), **agreement(best.labels_, labels, k, classes)}}


def pair_optimum(x, y, model):
    z = x @ model.coef_[0] + model.intercept_[0]
    slope = expit(z) - y
    gradient = np.append(x.T @ slope + model.coef_[0], slope.sum())
    return float(np.logaddexp(0, -(2 * y - 1) * z).sum() + .5 * (model.coef_ ** 2).sum()), float(np.abs(gradient).max())


def regressions(train, test, labels, truth, bits, tolerance):
    x, queries = unpack(train, bits), unpack(test, bits)
    settings = dict(solver="newton-cg", tol=tolerance, max_iter=10000)

    pairs = OneVsOneClassifier(LogisticRegression(**settings)).fit(x, labels)
    names, optima = np.unique(labels), []
    members = [(a, b) for i, a in enumerate(names) for b in names[i + 1:]]
    for model, (a, b) in zip(pairs.estimators_, members):
        rows = (labels == a) | (labels == b)
        optima.append(pair_optimum(x[rows], (labels[rows] == b).astype(float), model))
    voted = pairs.predict(queries)

    joint = LogisticRegression(multi_class="multinomial", **settings).fit(x, labels)
    scores, column = x @ joint.coef_.T + joint.intercept_, np.searchsorted(names, labels)
    slopes = softmax(scores, axis=1)
    slopes[np.arange(len(x)), column] -= 1
    gradient = np.abs(np.column_stack([slopes.T @ x + joint.coef_, slopes.sum(0)])).max()
    objective = -log_softmax(scores, axis=1)[np.arange(len(x)), column].sum() + .5 * (joint.coef_ ** 2).sum()
    predicted = joint.predict(queries)
    return {"c": 1.0,
            "oneVsOne": {"objectives": [value for value, _ in optima], "largestGradient": max(g for _, g in optima),
                         "accuracy": float((voted == truth).mean()), "predicted": voted.tolist()},
            "multinomial": {"objective": float(objective), "largestGradient": float(gradient),
                            "accuracy": float((predicted == truth).mean()), "predicted": predicted.tolist()}}


def compare(train, test, labels, truth, bits, k=9, centres=None, tolerance=1e-7, limit=1000):
    classes = int(max(labels.max(), truth.max())) + 1
    labels, truth = labels.astype(np.int64), truth.astype(np.int64)
    return {"bits": bits, "trainRows": len(train), "testRows": len(test),
            "distinct": {"train": distinct(train), "test": distinct(test)},
            "kNearest": neighbours(train, test, labels, truth, bits, k, classes, limit),
            "kMeans": clusters(train, labels, bits, classes, classes, centres),
            "logistic": regressions(train, test, labels, truth, bits, tolerance)}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("train", "test"):
        parser.add_argument(name, help=f"packed {name} codes, .npy")
    for name in ("train_labels", "test_labels"):
        parser.add_argument(name, help=".npy of integers from 0")
    parser.add_argument("--bits", type=int, help="bits of a code; default 8 times the bytes of a row")
    parser.add_argument("--neighbours", type=int, default=9)
    parser.add_argument("--centres", help=".npy of the centres K-Means starts from; default means of groups of rows")
    parser.add_argument("--tolerance", type=float, default=1e-7, help="scikit-learn's for the regressions")
    parser.add_argument("--queries", type=int, default=1000, help="how many queries scikit-learn's slow search gets")
    options = parser.parse_args()
    train, test, labels, truth = (np.load(path) for path in (options.train, options.test, options.train_labels, options.test_labels))
    centres = None if options.centres is None else np.load(options.centres)
    result = compare(train, test, labels, truth, options.bits or train.shape[1] * 8, options.neighbours, centres,
                     options.tolerance, options.queries)
    json.dump({"maker": "tools/reference/codes.py", "versions": versions(), **result}, sys.stdout, indent=1)
    print()


if __name__ == "__main__":
    main()
