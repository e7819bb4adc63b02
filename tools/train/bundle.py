#!/usr/bin/python3
"""Copies trained models with their entries of models.json into models/, and writes the tables of its README.

    tools/train/bundle.py artifacts/train/lenet/*-s1-*.onnx

Without files it only writes the tables anew. Run check_models.py afterwards.
"""
import argparse
import json
from pathlib import Path

from files import replace, sha256

MODELS = Path("models")
LIMIT = 40 << 20  # bytes; the folder travels with every clone


def copy(file):
    entry = json.loads((file.parent / "models.json").read_text())[file.name]
    content = file.read_bytes()
    if sha256(content) != entry["sha256"]:
        raise SystemExit(f"`{file}` is not what its models.json speaks of")
    replace(MODELS / file.name, content)
    return entry


def table(catalogue):
    """Rows of file, seed, epochs, size, accuracies: what was measured when each file was written."""
    yield "| file | seed | epochs | parameters | bytes | train | validation | test | sha256 |"
    yield "|---|---|---|---|---|---|---|---|---|"
    for file, m in catalogue.items():
        shares = " | ".join(f"{m['accuracy'][s]:.4f}" if s in m["accuracy"] else "" for s in ("fit", "validation", "test"))
        yield f"| {file} | {m['seed']} | {m['epochs']} | {m['parameters']:,} | {m['bytes']:,} | {shares} | `{m['sha256']}` |"


def write_tables(catalogue):
    """A table per family, each between `<!-- table PREFIX: begin -->` and `<!-- table: end -->`: the files of that prefix."""
    readme = MODELS / "README.md"
    head, *parts = readme.read_text().split("<!-- table ")
    for i, part in enumerate(parts):
        prefix, rest = part.split(": begin -->", 1)
        after = rest.split("<!-- table: end -->", 1)[1]
        rows = table({file: entry for file, entry in catalogue.items() if file.startswith(prefix)})
        parts[i] = f"{prefix}: begin -->\n\n" + "\n".join(rows) + "\n\n<!-- table: end -->" + after
    replace(readme, "<!-- table ".join([head, *parts]).encode())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", type=Path, help="models, each beside the models.json that knows it")
    options = parser.parse_args()
    catalogue = json.loads((MODELS / "models.json").read_text())
    catalogue.update((file.name, copy(file)) for file in options.files)
    catalogue = dict(sorted(catalogue.items()))
    replace(MODELS / "models.json", (json.dumps(catalogue, indent=2) + "\n").encode())
    write_tables(catalogue)
    size = sum(entry["bytes"] for entry in catalogue.values())
    print(f"{len(catalogue)} models, {size / 2**20:.1f} MiB")
    if size > LIMIT:
        raise SystemExit(f"that is more than {LIMIT >> 20} MiB")


if __name__ == "__main__":
    main()
