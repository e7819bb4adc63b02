#!/usr/bin/python3
"""Audits the width series of He et al. and writes the tables of models/README.md that stand beside the authors' figures."""
import argparse, json, pathlib, statistics, subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
# Read off the figures of arXiv 2101.05490 (MNIST, one hidden layer), to about .01; widths without a figure stay empty.
AUTHORS = {10: (.99, .965, .41, .524, .491), 20: (.767, .547, .529, .751, .734), 30: (.285, .133, .589, .853, .819),
           40: (.105, .042, .604, .896, .859), 60: (.021, .007, .647, .929, .893), 80: (0, .003, .651, .943, .914),
           100: (.001, .001, .663, .951, .926)}
# The same for CIFAR-10, five hidden layers, as far as the figures can be read; the last is the network's own accuracy.
CIFAR10 = {10: ("≈ .10", "≈ .034", ".325", ".394", ".418", ".448"), 20: ("< .01", "≈ 0", ".394", ".461", ".472", ".490"),
           100: ("0", "0", ".628", ".542", ".515", ".533"), 200: ("0", "0", ".695", ".557", ".523", ".536")}
HEAD = ["| width | R train | R test | K-Means purity | K-NN | logistic, one-vs-one | network |", "|---|---|---|---|---|---|---|"]

def measure(analyzer, model, data, runs, limit):
    run = runs / f"{model.parent.name}-{model.stem}-{limit}"
    command = [analyzer, "audit", model, "--data", data, "--out", run, "--limit", limit, "--device", "cpu", "--no-nulls"]
    subprocess.run([str(c) for c in command] + (["--resume"] if (run / "manifest.json").exists() else []),
                   check=True, stdout=subprocess.DEVNULL)
    report = json.loads((run / "report.json").read_text())
    codes = report["analyses"]["codes"]["network"]
    return (codes["splits"]["train"]["redundancy"], codes["splits"]["test"]["redundancy"], codes["kMeans"]["purity"],
            codes["kNearest"]["accuracy"], codes["logistic"]["accuracy"], report["accuracy"]["test"]["accuracy"],
            codes["kMeans"]["splits"]["train"]["purity"])

def spread(values): return f"{statistics.mean(values):.4f} ± {statistics.stdev(values):.4f}"

def mnist(given):
    for limit in (60000, 48000):
        yield from [f"Training samples counted: {limit:,}.", "", *HEAD]
        for width, theirs in AUTHORS.items():
            ours = [measure(given.analyzer, folder / f"mnist-mlp-w{width:03}.onnx", given.data, given.runs, limit) for folder in given.seeds]
            cells = [f"{spread(column)}<br>authors {theirs[i]:.3f}" if i < len(theirs) else spread(column) for i, column in enumerate(zip(*(o[:6] for o in ours)))]
            yield f"| {width} | " + " | ".join(cells) + " |"
        yield ""

def cifar10(given):
    yield from HEAD
    for width, theirs in CIFAR10.items():
        model = ROOT / "models" / f"cifar10-mlp-w{width:03}.onnx"
        *ours, fitted = measure(given.analyzer, model, ROOT / "artifacts/data/cifar10", given.runs, 40000)
        cells = [f"{value:.4f}<br>authors {figure}" for value, figure in zip(ours, theirs)]
        cells[2] = cells[2].replace("<br>", f"<br>on train codes {fitted:.4f}<br>")
        yield f"| {width} | " + " | ".join(cells) + " |"
    yield ""

def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--analyzer", default=ROOT / "artifacts/bin/Analyzer.Cli/release/analyzer")
    options.add_argument("--data", default=ROOT / "artifacts/bin/Analyzer.Cli/release/data/mnist")
    options.add_argument("--seeds", nargs="+", type=pathlib.Path, default=[ROOT / "models", ROOT / "artifacts/seeds/seed2", ROOT / "artifacts/seeds/seed3"])
    options.add_argument("--runs", type=pathlib.Path, default=ROOT / "artifacts/against-paper")
    options.add_argument("--tables", nargs="+", choices=["mnist", "cifar10"], default=["mnist", "cifar10"])
    given = options.parse_args()
    given.runs.mkdir(parents=True, exist_ok=True)
    readme = ROOT / "models/README.md"
    for name, rows in (("mnist", mnist), ("cifar10", cifar10)):
        if name not in given.tables: continue
        table = "\n".join(rows(given))
        text = readme.read_text()
        begin, end = f"<!-- figures {name}: begin -->\n", "<!-- figures: end -->"
        start = text.index(begin) + len(begin)
        readme.write_text(text[:start] + "\n" + table + text[text.index(end, start):])

if __name__ == "__main__": main()
