"""Reference values for debiased linear CKA and paired accuracies, from NumPy and SciPy.

    python3 cka.py OUT_FOLDER

Writes cka.json. The matrices are small and in it, as float32 read back. HSIC is taken twice: by the matrices of Song et al. 2007,
equation 5, and by its definition as a mean over all quadruples of different samples, which must agree here.
"""
import itertools
import json
import platform
import sys

import numpy as np
import scipy
from scipy.stats import binom, norm


def hsic(x, y):
    return hsic_of_kernels(x @ x.T, y @ y.T)


def hsic_of_kernels(k, l):
    n, k, l = len(k), k.copy(), l.copy()
    np.fill_diagonal(k, 0)
    np.fill_diagonal(l, 0)
    one = np.ones(n)
    return ((k * l).sum() + (one @ k @ one) * (one @ l @ one) / ((n - 1) * (n - 2)) - 2 / (n - 2) * (k.sum(0) @ l.sum(0))) / (n * (n - 3))


def hsic_by_quadruples(x, y):
    k, l = x @ x.T, y @ y.T
    values = [k[i, j] * (l[i, j] + l[q, r] - 2 * l[i, q]) for i, j, q, r in itertools.permutations(range(len(x)), 4)]
    return float(np.mean(values))


def cka(x, y, of=hsic):
    return float(of(x, y) / np.sqrt(of(x, x) * of(y, y)))


def case(name, x, y):
    x, y = x.astype(np.float32), y.astype(np.float32)
    wide, other = x.astype(np.float64), y.astype(np.float64)
    return {"name": name, "rows": len(x), "x": x.ravel().tolist(), "y": y.ravel().tolist(), "cka": cka(wide, other),
            "centred": cka(wide - wide.mean(0), other - other.mean(0))}


def related(random, samples, left, right, mix, projection):
    x = random.standard_normal((samples, left)) / np.arange(1, left + 1) ** .5 * (1 + .5 * random.standard_exponential((samples, 1)))
    return x, x @ projection + (1 - mix) * random.standard_normal((samples, right))


def coverage(samples, left, right, mix, sets=150, draws=200):
    """How often 95 % intervals of draws hold the value of 4,000 samples."""
    random = np.random.default_rng(0)
    projection = random.standard_normal((left, right)) * mix / np.sqrt(left)
    truth = cka(*related(random, 4000, left, right, mix, projection))
    held = {"halves": 0, "replaced": 0}
    for _ in range(sets):
        x, y = related(random, samples, left, right, mix, projection)
        k, l = x @ x.T, y @ y.T
        for kind in held:
            values = []
            for _ in range(draws):
                rows = random.permutation(samples)[:samples // 2] if kind == "halves" else random.integers(0, samples, samples)
                values.append(cka(k[np.ix_(rows, rows)], l[np.ix_(rows, rows)], hsic_of_kernels))
            low, high = np.nanpercentile(values, [2.5, 97.5])
            held[kind] += bool(low <= truth <= high)
    return {"samples": samples, "units": [left, right], "mix": mix, "truth": truth, **{kind: count / sets for kind, count in held.items()}}


def wilson(share, n):
    z = norm.ppf(.975)
    centre, half = share + z * z / (2 * n), z * np.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return (centre - half) / (1 + z * z / n), (centre + half) / (1 + z * z / n)


def paired(both, first, second, neither):
    n = both + first + second + neither
    p1, p2 = (both + first) / n, (both + second) / n
    (l1, u1), (l2, u2) = wilson(p1, n), wilson(p2, n)
    margins = float(both + first) * (second + neither) * (both + second) * (first + neither)
    product = both * neither - first * second
    phi = 0 if margins == 0 else (max(product - n / 2, 0) if product > 0 else product) / np.sqrt(margins)
    low = p2 - p1 - np.sqrt(max(0, (p2 - l2) ** 2 - 2 * phi * (p2 - l2) * (u1 - p1) + (u1 - p1) ** 2))
    high = p2 - p1 + np.sqrt(max(0, (u2 - p2) ** 2 - 2 * phi * (u2 - p2) * (p1 - l1) + (p1 - l1) ** 2))
    p = 1 if first == second else min(1, 2 * binom.cdf(min(first, second), first + second, .5))
    return {"counts": [both, first, second, neither], "difference": p2 - p1, "interval": [low, high], "p": float(p)}


def main():
    random = np.random.default_rng(5)
    x = random.standard_normal((9, 3)).astype(np.float32).astype(np.float64)
    y = (x @ random.standard_normal((3, 5)) + random.standard_normal((9, 5))).astype(np.float32).astype(np.float64)
    assert np.isclose(hsic(x, y), hsic_by_quadruples(x, y), rtol=1e-12), "the estimator is not what it says"
    wide = random.standard_normal((40, 90))
    relu = np.maximum(random.standard_normal((60, 11)), 0) + 100
    result = {
        "maker": "tools/reference/cka.py",
        "versions": {"python": platform.python_version(), "numpy": np.__version__, "scipy": scipy.__version__},
        "command": "python3 tools/reference/cka.py tests/Analyzer.Statistics.Tests/Reference",
        "cases": [
            case("few units", x, y),
            case("more units than samples", wide, wide @ random.standard_normal((90, 70)) + 5 * random.standard_normal((40, 70))),
            case("far from 0, of different widths", relu, np.tanh((relu - 100) @ random.standard_normal((11, 4)))),
            case("unrelated", random.standard_normal((50, 6)), random.standard_normal((50, 8))),
        ],
        "coverage": [coverage(100, 20, 30, .5), coverage(100, 20, 30, 0), coverage(100, 200, 200, .5), coverage(200, 50, 10, .8)],
        # The first is an example of Newcombe's paper, the other way round.
        "paired": [paired(36, 12, 2, 0), paired(0, 0, 0, 7), paired(90, 0, 0, 10), paired(9100, 210, 260, 430), paired(5, 0, 9, 1), paired(1, 8, 3, 20), paired(40_000, 900, 1400, 7700)]}
    with open(f"{sys.argv[1]}/cka.json", "w", encoding="utf-8") as file:
        json.dump(result, file)
        file.write("\n")


if __name__ == "__main__":
    main()
