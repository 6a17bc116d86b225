"""What skips do in networks that were trained for 64,000 steps: analyses of published checkpoints of CIFAR-10, condensed.

    python benchmarks/skips_trained.py CIFAR_FOLDER resnet20-12fca82f.th resnet56-4bfd9763.th [--inspected FILE]

The checkpoints are those of github.com/akamaster/pytorch_resnet_cifar10; neither they nor CIFAR-10 are in this repository. With FILE, what `deep inspect
--json` printed before is condensed instead. SKIPLAYER names the command, by default that of a release build. The standard library only.
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
from statistics import mean, median

from provenance import ROOT, provenance

COMMAND = os.environ.get("SKIPLAYER", str(ROOT / "target/release/skiplayer"))
N_EXAMPLES = 500


def inspected(data, checkpoints):
    with tempfile.TemporaryDirectory() as folder:
        runs = []
        for checkpoint in map(pathlib.Path, checkpoints):
            network = "resnet-" + checkpoint.name.split("-")[0].removeprefix("resnet")
            runs.append(str(pathlib.Path(folder) / network))
            words = [COMMAND, "deep", "import", checkpoint, "--net", network, "-o", runs[-1]]
            subprocess.run(words, check=True, stdout=subprocess.DEVNULL)
        words = [COMMAND, "deep", "inspect", *runs, "--data", data, "--examples", str(N_EXAMPLES), "--json"]
        return subprocess.run(words, check=True, capture_output=True, text=True).stdout


def by_number(lesions):
    numbers = {}
    for lesion in lesions:
        numbers.setdefault(lesion["n"], []).append(100 * lesion["error"])
    return {n: round(mean(errors), 1) for n, errors in numbers.items()}


def condensed(found):
    single = {block["block"]: round(100 * block["error"], 1) for block in found["lesions"]["single"]}
    changes = [block["block"] for block in found["lesions"]["single"] if block["changes_shape"]]
    keeps = [error for block, error in single.items() if block not in changes]
    lengths = found["paths"]["lengths"]
    responses = [layer["standard_deviation"] for layer in found["responses"] if layer["path"] != "bn1"]
    *_, now = (g["flow"]["signals"] for g in found["gradients"] if not g["without_batch_norm"])
    start = next(g["flow"]["signals"] for g in found["gradients"] if not g["without_batch_norm"])
    ratio = lambda signals: float(f"{signals[0]['backward'] / signals[-1]['backward']:.2g}")
    return {
        "n_images": found["n_examples"],
        "responses": {"mean": round(mean(responses), 3), "largest": round(max(responses), 3)},
        "lesions": {
            "whole": round(100 * found["lesions"]["error"], 1),
            "one_block": single,
            "that_change_the_shape": changes,
            "median_of_the_others": round(median(keeps), 1),
            "largest_of_the_others": max(keeps),
            "several": by_number(found["lesions"]["several"]),
            "swaps": by_number(found["lesions"]["shuffled"]),
        },
        "paths": {
            "mean_length": round(sum(p["length"] * p["share_of_paths"] for p in lengths), 2),
            "effective_length": round(found["paths"]["effective_length"], 2),
            "share_of_gradient": [round(p["share_of_gradient"], 4) for p in lengths],
        },
        "mixing_of_the_head": dict(zip(found["mixing"]["sources"], (round(s, 3) for s in found["mixing"]["readers"][-1]["shares"]))),
        "gradient_stem_over_last_block": {"at_the_start": ratio(start), "trained": ratio(now)},
        "shattered_lag_1": round(found["shattered"]["autocorrelation"][1], 3),
    }


def main(data, *words):
    if "--inspected" in words:
        at = words.index("--inspected")
        text, words = pathlib.Path(words[at + 1]).read_text(), words[:at]
    else:
        text = inspected(data, words)
    names = " ".join(pathlib.Path(word).name for word in words)
    networks = {found["network"]: condensed(found) for found in json.loads(text)["inspections"]}
    record = provenance(f"python benchmarks/skips_trained.py CIFAR_FOLDER {names}") | {"networks": networks}
    (ROOT / "benchmarks/records/skips_trained.json").write_text(json.dumps(record, indent=1) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
