#!/usr/bin/python3
"""Audits the width series of three seeds and writes the table of models/README.md that stands beside the authors' figures."""
import argparse, json, pathlib, statistics, subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
# Read off the figures of arXiv 2101.05490 (MNIST, one hidden layer), to about .01; widths without a figure stay empty.
AUTHORS = {10: (.99, .965, .41, .524, .491), 20: (.767, .547, .529, .751, .734), 30: (.285, .133, .589, .853, .819),
           40: (.105, .042, .604, .896, .859), 60: (.021, .007, .647, .929, .893), 80: (0, .003, .651, .943, .914),
           100: (.001, .001, .663, .951, .926)}

def measure(analyzer, model, data, runs, limit):
    run = runs / f"{model.parent.name}-{model.stem}-{limit}"
    command = [analyzer, "audit", model, "--data", data, "--out", run, "--limit", limit, "--device", "cpu", "--no-nulls"]
    subprocess.run([str(c) for c in command] + (["--resume"] if (run / "manifest.json").exists() else []),
                   check=True, stdout=subprocess.DEVNULL)
    report = json.loads((run / "report.json").read_text())
    codes = report["analyses"]["codes"]["network"]
    return (codes["splits"]["train"]["redundancy"], codes["splits"]["test"]["redundancy"], codes["kMeans"]["purity"],
            codes["kNearest"]["accuracy"], codes["logistic"]["accuracy"], report["accuracy"]["test"]["accuracy"])

def spread(values): return f"{statistics.mean(values):.4f} ± {statistics.stdev(values):.4f}"

def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--analyzer", default=ROOT / "artifacts/bin/Analyzer.Cli/release/analyzer")
    options.add_argument("--data", default=ROOT / "artifacts/bin/Analyzer.Cli/release/data/mnist")
    options.add_argument("--seeds", nargs="+", type=pathlib.Path, default=[ROOT / "models", ROOT / "artifacts/seeds/seed2", ROOT / "artifacts/seeds/seed3"])
    options.add_argument("--runs", type=pathlib.Path, default=ROOT / "artifacts/against-paper")
    given = options.parse_args()
    given.runs.mkdir(parents=True, exist_ok=True)
    rows = []
    for limit in (60000, 48000):
        rows += [f"Training samples counted: {limit:,}.", "", "| width | R train | R test | K-Means purity | K-NN | logistic, one-vs-one | network |", "|---|---|---|---|---|---|---|"]
        for width, theirs in AUTHORS.items():
            ours = [measure(given.analyzer, folder / f"mnist-mlp-w{width:03}.onnx", given.data, given.runs, limit) for folder in given.seeds]
            cells = [f"{spread(column)}<br>authors {theirs[i]:.3f}" if i < len(theirs) else spread(column) for i, column in enumerate(zip(*ours))]
            rows.append(f"| {width} | " + " | ".join(cells) + " |")
        rows.append("")
    readme = ROOT / "models/README.md"
    text = readme.read_text()
    begin, end = "<!-- figures: begin -->\n", "<!-- figures: end -->"
    readme.write_text(text[:text.index(begin) + len(begin)] + "\n" + "\n".join(rows) + text[text.index(end):])

if __name__ == "__main__": main()
