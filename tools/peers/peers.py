"""What users of Python run for the same questions: `peers.py FOLDER TASK` prints a JSON line for each peer of a task.

Two threads throughout; arrays are read before the clock starts. FOLDER is what inputs.py wrote.
"""
import os
import sys

THREADS = 2
for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = str(THREADS)

import json
import time
import warnings

import numpy as np

warnings.filterwarnings("ignore")


def array(name, rows=None):
    return np.ascontiguousarray(np.load(os.path.join(sys.argv[1], name + ".npy"), mmap_mode="r")[:rows])


def say(task, peer, seconds, value, note=""):
    print(json.dumps({"task": task, "peer": peer, "seconds": round(seconds, 4), "value": value, "note": note}), flush=True)


def clocked(work):
    start = time.perf_counter()
    result = work()
    return time.perf_counter() - start, result


def majority(labels):
    return np.array([np.bincount(row).argmax() for row in labels])


def binary_features(rows):
    return (array("features_train", rows) > 0).astype(np.float32), array("labels_train", rows)


def knn():
    import faiss
    faiss.omp_set_num_threads(THREADS)
    train, test, labels, truth = array("codes_train"), array("codes_test"), array("labels_train"), array("labels_test")

    def search():
        index = faiss.IndexBinaryFlat(8 * train.shape[1])
        index.add(train)
        return majority(labels[index.search(test, 9)[1]])

    seconds, guess = clocked(search)
    say("knn", "faiss", seconds, float(np.mean(guess == truth)), "IndexBinaryFlat")


def kmeans():
    from sklearn.cluster import KMeans
    features, labels = binary_features(20_000)
    seconds, model = clocked(lambda: KMeans(n_clusters=10, n_init=10, max_iter=300, random_state=9).fit(features))
    purity = sum(np.bincount(labels[model.labels_ == cluster]).max() for cluster in range(10)) / len(labels)
    say("kmeans", "scikit-learn", seconds, {"inertia": float(model.inertia_), "purity": float(purity)})


def logistic():
    from sklearn.linear_model import LogisticRegression
    features, labels = binary_features(20_000)
    seconds, model = clocked(lambda: LogisticRegression(tol=1e-4, max_iter=2000).fit(features, labels))
    own = model.predict_log_proba(features)[np.arange(len(labels)), labels]
    accuracy = model.score((array("features_test") > 0).astype(np.float32), array("labels_test"))
    say("logistic", "scikit-learn", seconds, {"accuracy": float(accuracy), "iterations": int(model.n_iter_[0]), "objective": float(-own.sum(dtype=np.float64) + np.square(model.coef_, dtype=np.float64).sum() / 2)})


def gmm():
    from sklearn.decomposition import PCA
    from sklearn.metrics import calinski_harabasz_score
    from sklearn.mixture import GaussianMixture
    maps, measured = array("maps"), 8

    def best(samples):
        plane = PCA(2, svd_solver="full").fit_transform(samples)
        found = (0.0, 1)
        for components in range(1, 9):
            mixture = GaussianMixture(components, n_init=5, random_state=0).fit(plane)
            mixture.bic(plane)
            clusters = mixture.predict(plane)
            if components > 1 and len(np.unique(clusters)) == components:
                found = max(found, (float(calinski_harabasz_score(plane, clusters)), components))
        return found

    seconds, found = clocked(lambda: [best(samples) for samples in maps[:measured]])
    say("gmm", "scikit-learn", seconds * len(maps) / measured, {"best": [[round(index, 2), components] for index, components in found]}, f"{measured} of {len(maps)} filters, times {len(maps) // measured}")


def linkage():
    import fastcluster
    from scipy.cluster import hierarchy
    from scipy.spatial.distance import pdist
    filters = array("filters")
    for peer, method in (("SciPy", hierarchy.linkage), ("fastcluster", fastcluster.linkage)):
        seconds, tree = clocked(lambda: method(pdist(filters, "cosine"), "average"))
        say("linkage", peer, seconds, [int(len(filters) - hierarchy.fcluster(tree, 1 - tau / 10, "distance").max()) for tau in range(1, 10)])


def ks():
    from scipy.stats import ks_2samp
    features, labels = array("features_test"), array("labels_test")
    measured, units = 4, features.shape[1]
    generator = np.random.default_rng(0)
    labelings = [labels] + [generator.permutation(labels) for _ in range(20)]

    def statistics(unit, labeling):
        return [float(ks_2samp(unit[labeling == c], unit[labeling != c], method="asymp").statistic) for c in range(10)]

    seconds, found = clocked(lambda: [[statistics(features[:, unit], labeling) for labeling in labelings] for unit in range(measured)])
    say("ks", "SciPy", seconds * units / measured, [unit[0] for unit in found], f"{measured} of {units} units, times {units // measured}")


def rate(task, units):
    def measure():
        n, columns = units.shape
        squares = np.square(units).sum(1)
        distances = np.sqrt(np.maximum(squares[:, None] + squares - 2 * units @ units.T, 0) / columns)[np.triu_indices(n, 1)]
        low, high = np.log1p(distances.min()), np.log1p(distances.max())
        logs = np.linspace(low, high, 256)
        # As users write it, but for the memory that comparing all pairs with all thresholds at once would take.
        shares = np.array([np.mean(distances < np.expm1(log)) for log in logs])
        boxes = n - (n - 1) * np.log1p((n - 1) * shares) / np.log(n)
        return float(2 * np.mean(np.abs((high - logs) / (high - low) - np.log(boxes) / np.log(n))))

    seconds, value = clocked(measure)
    say(task, "NumPy", seconds, value)


def ssrate():
    rate("ssrate", np.ascontiguousarray(array("features_test", 640)[:, :512].T))


def ssrate4096():
    rate("ssrate4096", np.ascontiguousarray(array("filters")[:, :640]))


def extract():
    import torch
    import torchvision
    torch.set_num_threads(THREADS)
    network = torchvision.models.resnet18(weights=None).eval()
    network.load_state_dict(torch.load(os.path.join(sys.argv[1], "resnet18.pt")))
    kept = []
    for module in network.modules():
        if isinstance(module, torch.nn.ReLU):
            module.register_forward_hook(lambda _module, _inputs, output: kept.append(output.mean((2, 3)).numpy()))
    images = torch.from_numpy(array("images"))

    def forward(count):
        with torch.no_grad():
            for first in range(0, count, 16):
                network(images[first:first + 16])

    forward(16)
    kept.clear()
    seconds, _ = clocked(lambda: forward(len(images)))
    say("extract", "PyTorch hooks", seconds, float(sum(values.sum(dtype=np.float64) for values in kept)))


if __name__ == "__main__":
    for name in sys.argv[2:]:
        {task.__name__: task for task in (knn, kmeans, logistic, gmm, linkage, ks, ssrate, ssrate4096, extract)}[name]()
