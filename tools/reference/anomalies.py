"""Reference files for anomaly filters: real feature maps through scikit-learn and SciPy.

    python3 anomalies.py IDX_FOLDER OUT_FOLDER

Maps: the first training digits through 3x3 filters of integers, rectified, summed over 2x2; pixels 0 to 255, so every
value is an integer and the same on every machine. One filter has four maps times 40, as outliers.
`anomaly-maps.bin`: float32, 300 maps of 49 positions, then 60 maps of 169 (more positions than maps).
`anomaly-planes.bin`: float32 [filters, 2, 1000], the principal planes of 1000 maps of 169 positions.
"""
import json
import sys

import numpy as np
import scipy
import sklearn
from scipy.stats import spearmanr
from sklearn.decomposition import PCA
from sklearn.metrics import calinski_harabasz_score, normalized_mutual_info_score
from sklearn.mixture import GaussianMixture

from mnist import idx

FILTERS = np.random.Generator(np.random.PCG64(4)).integers(-3, 4, (4, 3, 3))
OUTLIERS, OUTLYING_FILTER = [0, 250, 500, 750], 2


def feature_maps(images, filters):
    images = images.astype(np.int64)
    full = sum(filters[i, j] * images[:, i:i + 26, j:j + 26] for i in range(3) for j in range(3))
    return np.maximum(full, 0).reshape(len(images), 13, 2, 13, 2).sum((2, 4))


def plane(maps):
    """PCA in double with our sign: the largest loading is positive."""
    pca = PCA(2, svd_solver="full").fit(maps.astype(np.float64))
    signs = np.sign(pca.components_[np.arange(2), np.abs(pca.components_).argmax(1)])
    return pca, pca.transform(maps.astype(np.float64)) * signs, pca.components_ * signs[:, None]


def planes(maps):
    pca, scores, axes = plane(maps)
    return {"samples": len(maps), "columns": maps.shape[1], "scores": scores.T.tolist(), "axes": axes.tolist(),
            "explainedVariance": pca.explained_variance_.tolist(), "explainedVarianceRatio": pca.explained_variance_ratio_.tolist()}


class FromLabels(GaussianMixture):
    """Starts from given hard labels instead of K-Means."""
    start = None

    def _initialize_parameters(self, x, random_state):
        self._initialize(x, np.eye(self.n_components)[self.start])


def describe(model, points, digits):
    labels = model.predict(points)
    result = {"logLikelihood": float(model.score(points) * len(points)), "bic": float(model.bic(points)), "iterations": int(model.n_iter_),
              "sizes": np.bincount(labels, minlength=model.n_components).tolist(),
              "meanResponsibility": float(model.predict_proba(points).max(1).mean()),
              "normalisedMutualInformation": float(normalized_mutual_info_score(digits, labels))}
    if 1 < len(set(labels)) == model.n_components:
        result["calinskiHarabasz"] = float(calinski_harabasz_score(points, labels))
    return result


def mixtures(points, digits):
    ridge = 1e-6 * points.var(0).sum() / 2
    result = []
    for k in range(1, 9):
        options = dict(n_components=k, reg_covar=ridge, tol=1e-3, max_iter=100, random_state=0)
        given = FromLabels(**options)
        given.start = np.arange(len(points)) * k // len(points)
        given.fit(points)
        result.append({"components": k, "restarts": describe(GaussianMixture(n_init=5, **options).fit(points), points, digits),
                       "given": {**describe(given, points, digits), "weights": given.weights_.tolist(), "means": given.means_.tolist(),
                                 "covariances": given.covariances_.tolist()}})
    return result


def correlations():
    generator = np.random.Generator(np.random.PCG64(5))
    cases = []
    for n, levels in ((10, 100), (12, 3), (30, 1000), (31, 4), (200, 50)):
        for slope in (0, 0.5, 3):
            a = generator.integers(0, levels, n)
            b = np.round(slope * a + generator.normal(0, levels, n)).astype(int)
            found = spearmanr(a, b)
            cases.append({"a": a.tolist(), "b": b.tolist(), "rho": float(found[0]), "p": float(found[1])})
    return cases


def write(target, name, content):
    with open(f"{target}/{name}", "w", encoding="utf-8") as file:
        json.dump({"maker": "tools/reference/anomalies.py", "versions": {"numpy": np.__version__, "scipy": scipy.__version__, "scikit-learn": sklearn.__version__},
                   "command": "python3 tools/reference/anomalies.py IDX_FOLDER tests/Analyzer.Statistics.Tests/Reference", **content}, file)
        file.write("\n")


def main():
    source, target = sys.argv[1:3]
    images = idx(f"{source}/train-images-idx3-ubyte")[:1000]
    digits = idx(f"{source}/train-labels-idx1-ubyte")[:1000]
    maps = [feature_maps(images, f).reshape(1000, -1) for f in FILTERS]
    maps[OUTLYING_FILTER][OUTLIERS] *= 40
    small = feature_maps(images[:300], FILTERS[0])[:, 3:10, 3:10].reshape(300, -1)
    wide = maps[1][:60]
    np.concatenate([small.ravel(), wide.ravel()]).astype(np.float32).tofile(f"{target}/anomaly-maps.bin")
    write(target, "anomaly-planes.json", {"planes": [planes(small), planes(wide)]})
    scores = np.stack([plane(m)[1].T for m in maps]).astype(np.float32)
    scores.tofile(f"{target}/anomaly-planes.bin")
    write(target, "anomaly-mixtures.json", {"outliers": OUTLIERS, "outlyingFilter": OUTLYING_FILTER, "filters": [mixtures(s.T.astype(np.float64), digits) for s in scores],
                                           "spearman": correlations()})


if __name__ == "__main__":
    main()
