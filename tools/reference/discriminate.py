"""Signed Kolmogorov–Smirnov statistics, q-values and the ternary embedding of a bundled model's hidden layer.

    python3 discriminate.py IDX_FOLDER MODEL OUT_FOLDER

The activations are those of the first 1200 test digits after the ReLU, computed in float32 from the weights in MODEL
(one of models/mnist-mlp-*.onnx) and stored, so that every maker gets the same bits, ties at 0 included.
"""
import json
import sys

import numpy as np
import scipy
import sklearn
import statsmodels
from scipy.special import kolmogorov
from scipy.stats import ks_2samp
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler, normalize
from statsmodels.stats.multitest import multipletests

from mnist import idx
from weights import initialisers

ROWS, FIT, KEPT = 1200, 800, 30


def hidden(path, images):
    """ReLU(BatchNorm(x W' + b)), epsilon 1e-5 as PyTorch exports it."""
    w = initialisers(path)
    weight, bias = (w[name] for name in w if name.startswith("hidden1"))
    scale, shift, mean, variance = (w[next(n for n in w if n.startswith("norm1") and n.endswith(end))]
                                    for end in ("weight", "bias", "running_mean", "running_var"))
    y = (images @ weight.T + bias - mean) / np.sqrt(variance + np.float32(1e-5)) * scale + shift
    return np.maximum(y, np.float32(0))


def probe(fit, labels, score, truth):
    model = LogisticRegression(max_iter=5000, tol=1e-7, solver="newton-cg").fit(fit, labels)
    p = model.predict_proba(fit)[np.arange(len(labels)), labels]
    return {"objective": float(-np.log(p).sum() + (model.coef_ ** 2).sum() / 2),
            "accuracy": float(model.score(score, truth)), "predicted": model.predict(score).tolist()}


def main():
    source, model, target = sys.argv[1:4]
    images = (idx(f"{source}/t10k-images-idx3-ubyte")[:ROWS].reshape(ROWS, -1) / np.float32(255)).astype(np.float32)
    labels = idx(f"{source}/t10k-labels-idx1-ubyte")[:ROWS].astype(int)
    x = hidden(model, images)[:, :KEPT]
    labels.astype(np.uint8).tofile(f"{target}/discriminate-labels.bin")
    x.astype("<f4").tofile(f"{target}/discriminate-relu.bin")

    classes = np.unique(labels)
    presence, absence, two, asymptotic, exact = [], [], [], [], []
    for unit in x.T:
        for c in classes:
            inside, outside = unit[labels == c], unit[labels != c]
            presence.append(ks_2samp(inside, outside, alternative="less", method="asymp").statistic)
            absence.append(ks_2samp(inside, outside, alternative="greater", method="asymp").statistic)
            two.append(ks_2samp(inside, outside, method="asymp").statistic)
            n, m = len(inside), len(outside)
            asymptotic.append(kolmogorov(two[-1] * np.sqrt(n * m / (n + m))))

    # SciPy's exact p-values of samples without ties, to show on which side of them the asymptotic ones lie.
    rng = np.random.default_rng(1)
    for n, m in ((1, 50), (3, 40), (10, 90), (20, 30), (60, 140), (100, 900)):
        for shift in (0, .2, .5, 1):
            result = ks_2samp(rng.normal(shift, 1, n), rng.normal(0, 1, m), method="exact")
            exact.append({"inside": n, "outside": m, "statistic": result.statistic, "exact": result.pvalue,
                          "asymptotic": float(kolmogorov(result.statistic * np.sqrt(n * m / (n + m))))})

    p = np.concatenate([rng.random(150), rng.random(60) ** 8, [.01] * 5, [0, 1]])
    scaler = StandardScaler().fit(x[:FIT].astype(np.float64))
    z = scaler.transform(x.astype(np.float64))
    ternary = np.where(z > .15, 1, np.where(z < -.25, -1, 0)).astype(np.float64)
    length = normalize(x)
    result = {
        "maker": "tools/reference/discriminate.py",
        "versions": {"numpy": np.__version__, "scipy": scipy.__version__, "scikit-learn": sklearn.__version__,
                     "statsmodels": statsmodels.__version__},
        "command": "python3 tools/reference/discriminate.py IDX_FOLDER models/mnist-mlp-w030.onnx tests/Analyzer.Statistics.Tests/Reference",
        "rows": ROWS, "units": KEPT, "fitRows": FIT,
        "zeros": float((x == 0).mean()),
        "presence": presence, "absence": absence, "twoSided": two, "asymptotic": [float(v) for v in asymptotic],
        "asymptoticQ": multipletests(asymptotic, method="fdr_bh")[1].tolist(),
        "kolmogorov": [[float(t), float(kolmogorov(t))] for t in np.concatenate([np.linspace(.05, 3, 60), [5, 10, 18]])],
        "exact": exact,
        "pValues": p.tolist(), "qValues": multipletests(p, method="fdr_bh")[1].tolist(),
        "means": scaler.mean_.tolist(), "deviations": scaler.scale_.tolist(),
        "ternary": "".join("-0+"[int(v) + 1] for v in ternary.ravel()),
        "embeddingProbe": probe(ternary[:FIT], labels[:FIT], ternary[FIT:], labels[FIT:]),
        "layerProbe": probe(length[:FIT].astype(np.float64), labels[:FIT], length[FIT:].astype(np.float64), labels[FIT:]),
    }
    with open(f"{target}/discriminate.json", "w", encoding="utf-8") as file:
        json.dump(result, file)
        file.write("\n")


if __name__ == "__main__":
    main()
