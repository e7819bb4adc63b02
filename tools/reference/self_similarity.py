"""Self-similarity of a bundled model's hidden layer and of synthetic sets, by NumPy and SciPy.

    python3 self_similarity.py IDX_FOLDER MODEL OUT_FOLDER

The units are those of MODEL (one of models/mnist-mlp-*.onnx) after the ReLU on the first 640 test digits, rounded to 1/256 and
stored as int16, so that every maker gets the same bits. Synthetic sets come from SplitMix64 or from closed forms.
"""
import json
import sys

import numpy as np
import scipy
from scipy.cluster.hierarchy import linkage
from scipy.integrate import quad
from scipy.optimize import minimize, minimize_scalar
from scipy.sparse.csgraph import connected_components, shortest_path
from scipy.spatial.distance import pdist, squareform
from scipy.stats import chi2, norm

from mnist import idx
from weights import initialisers

SAMPLES = 640


def units_of(model, images):
    w = {name: values.astype(float) for name, values in initialisers(model).items()}
    x = images.reshape(len(images), -1) / 255 @ w["hidden1.weight"].T + w["hidden1.bias"]
    x = (x - w["norm1.running_mean"]) / np.sqrt(w["norm1.running_var"] + 1e-3) * w["norm1.weight"] + w["norm1.bias"]
    return np.rint(np.maximum(x, 0).T * 256).astype("<i2")


def uniform(count, seed):
    """SplitMix64 from a state: multiples of 2^-24 in [-1, 1)."""
    with np.errstate(over="ignore"):
        z = np.uint64(seed) + np.arange(1, count + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z ^= z >> np.uint64(31)
    return (z >> np.uint64(39)).astype(float) / 2.0 ** 24 - 1


def rate(c, n, printed):
    low, high = np.log1p(c.min()), np.log1p(c.max())
    theta = np.expm1(np.linspace(low, high, 256))
    theta[0], theta[-1] = c.min(), c.max()  # exact ends: p is 0 at the first
    p = (c[None] < theta[:, None]).mean(1)
    boxes = 1 + (n - 1) * np.log(n + (1 - n) * p) / np.log(n) if printed else n - (n - 1) * np.log1p((n - 1) * p) / np.log(n)
    return float(2 / 256 * np.abs((high - np.log1p(theta)) / (high - low) - np.log(boxes) / np.log(n)).sum())


def self_similarity(x):
    c = pdist(x) / np.sqrt(x.shape[1])
    kept = np.sort(np.argsort((x ** 2).sum(1), kind="stable")[:len(x) - int(np.ceil(.01 * len(x)))])
    trimmed = pdist(x[kept]) / np.sqrt(x.shape[1])
    heights = linkage(c, "complete")[:, 2]
    a, b = np.log1p(heights), np.log(np.arange(len(x) - 1, 0, -1))
    slope, intercept = np.polyfit(a, b, 1)
    rss = ((b - intercept - slope * a) ** 2).sum()
    error = np.sqrt(rss / (len(a) - 2))
    return {"units": len(x), "smallest": c.min(), "largest": c.max(), "sum": c.sum(),
            "code": rate(c, len(x), False), "printed": rate(c, len(x), True),
            "codeTrimmed": rate(trimmed, len(kept), False), "printedTrimmed": rate(trimmed, len(kept), True),
            "boxDimension": -slope, "boxResidualError": error, "boxSlopeError": error / np.sqrt(((a - a.mean()) ** 2).sum()),
            "heights": heights[::max(1, len(heights) // 16)].tolist()}


def spectrum(x):
    values = np.linalg.eigvalsh(np.cov(x))[::-1]
    return values[:min(len(x), x.shape[1] - 1)]


def power_law(values):
    """Brute force: every value but the largest as x_min."""
    values, best = np.sort(values), None
    for least in np.unique(values)[:-1]:
        tail = values[values >= least]
        n, alpha = len(tail), 1 + len(tail) / np.log(tail / least).sum()
        model = 1 - (tail / least) ** (1 - alpha)
        distance = max((np.arange(1, n + 1) / n - model).max(), (model - np.arange(n) / n).max())
        if best is None or distance < best[0]:
            best = distance, least, alpha, n
    distance, least, alpha, n = best
    tail = values[values >= least]
    law = np.log(alpha - 1) - np.log(least) - alpha * np.log(tail / least)
    exponential = -np.log(tail.mean() - least) - (tail - least) / (tail.mean() - least)

    def lognormal(p, x=tail):
        return norm.logpdf(np.log(x), p[0], np.exp(p[1])) - np.log(x) - norm.logsf((np.log(least) - p[0]) / np.exp(p[1]))

    def truncated(p, x=tail):
        a, decay = p[0], np.exp(p[1])
        end = brent_end(a, decay)
        mass = quad(lambda z: np.exp((1 - a) * z - decay * np.expm1(z)), 0, end, epsabs=0, epsrel=1e-12, limit=400)[0]
        y = x / least
        return -a * np.log(y) - decay * (y - 1) - np.log(mass) - np.log(least)

    def brent_end(a, decay):
        end = 1.0
        while (1 - a) * end - decay * np.expm1(end) > -60:
            end *= 1.3
        return end

    fits = {}
    for name, law2, starts in (("lognormal", lognormal, [(np.log(tail).mean(), 0.), (0., 1.), (-5., 1.5)]),
                               ("truncated", truncated, [(alpha, -3.), (1., -3.), (alpha, -8.)])):
        found = [minimize(lambda p: -law2(p).sum(), start, method="Nelder-Mead",
                          options=dict(xatol=1e-9, fatol=1e-11, maxiter=8000, maxfev=8000)) for start in starts]
        fits[name] = law2(min(found, key=lambda f: f.fun).x)

    def vuong(other):
        d = law - other
        return {"logRatio": d.sum(), "p": 2 * norm.sf(abs(d.sum()) / np.sqrt(n * d.var()))}

    ratio = min(0., (law - fits["truncated"]).sum())
    return {"exponent": alpha, "least": least, "tail": n, "distance": distance,
            "wholeSpectrumExponent": 1 + len(values) / np.log(values / values.min()).sum(),
            "lognormal": vuong(fits["lognormal"]), "exponential": vuong(exponential),
            "truncated": {"logRatio": ratio, "p": float(chi2.sf(-2 * ratio, 1))}}


def correlation_dimension(points):
    """Every r a distance whose rank is geometric between .001 and .1 of the pairs; T counts all pairs not farther."""
    c = np.sort(pdist(points))
    lower, upper = max(.001 * len(c), 10), .1 * len(c)
    r = np.unique([c[int(np.rint(lower * (upper / lower) ** (k / 31))) - 1] for k in range(32)])
    t = np.array([(c <= radius).mean() for radius in r])
    return {"points": len(r), "dimension": float(np.polyfit(np.log(r), np.log(t), 1)[0])}


def cantor(levels):
    points = np.zeros(1)
    for level in range(levels):
        points = np.concatenate([points, points + 2 * 3. ** level])
    return np.sort(points)


def network(x, degree):
    c = pdist(x) / np.sqrt(x.shape[1])
    epsilon = np.sort(c)[round(len(x) * degree / 2)]
    adjacency = squareform(c < epsilon)
    _, part = connected_components(adjacency)
    giant = np.flatnonzero(part == np.bincount(part).argmax())
    paths = shortest_path(adjacency[np.ix_(giant, giant)].astype(float), unweighted=True)
    return {"degree": degree, "epsilon": epsilon, "nodes": len(giant), "diameter": int(paths.max()), "pathSum": int(paths.sum())}


def plain(value):
    if isinstance(value, dict):
        return {key: plain(entry) for key, entry in value.items()}
    return value.item() if isinstance(value, np.generic) else value


def main():
    source, model, target = sys.argv[1:4]
    units = units_of(model, idx(f"{source}/t10k-images-idx3-ubyte")[:SAMPLES])
    units.tofile(f"{target}/mnist-units.bin")
    x = units / 256
    line = np.arange(96.)[:, None]
    wide, tall = uniform(60 * 25, 7).reshape(60, 25), uniform(24 * 90, 8).reshape(24, 90)
    quantiles = (np.arange(300) + .5) / 300
    hot = uniform(128 * 64, 9).reshape(128, 64)
    hot[0] *= 10
    result = {
        "maker": "tools/reference/self_similarity.py",
        "versions": {"python": sys.version.split()[0], "numpy": np.__version__, "scipy": scipy.__version__},
        "command": "python3 tools/reference/self_similarity.py IDX_FOLDER models/mnist-mlp-w100.onnx tests/Analyzer.Statistics.Tests/Reference",
        "selfSimilarity": {"units": self_similarity(x), "line": self_similarity(line), "wide": self_similarity(wide), "hot": self_similarity(hot),
                           "cantor": self_similarity(cantor(7)[:, None]), "largeCantor": self_similarity(1000 * cantor(7)[:, None])},
        "spectrum": {"units": spectrum(x).tolist(), "wide": spectrum(wide).tolist(), "tall": spectrum(tall).tolist()},
        "powerLaw": {"units": power_law(spectrum(x)[spectrum(x) > 1e-9]),
                     "pareto": power_law((1 - quantiles) ** (-1 / 1.5)),
                     "lognormal": power_law(np.exp(norm.ppf(quantiles))),
                     "exponential": power_law(1 - np.log(1 - quantiles))},
        "correlationDimension": {"units": correlation_dimension(x.T), "line": correlation_dimension(uniform(600, 3)[:, None]),
                                 "square": correlation_dimension(uniform(1200, 4).reshape(600, 2)),
                                 "cantor": correlation_dimension(cantor(9)[:, None])},
        "network": {"units": network(x, 6), "wide": network(wide, 4)},
    }
    with open(f"{target}/self-similarity.json", "w", encoding="utf-8") as file:
        json.dump(plain(result), file)
        file.write("\n")


if __name__ == "__main__":
    main()
