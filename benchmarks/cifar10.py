"""Residual networks and their plain twins on CIFAR-10, on a schedule of minutes.

    cargo build --release
    python benchmarks/cifar10.py --data cifar-10-batches-bin --bin target/release/skiplayer

`--data` is the folder with the binary files of CIFAR-10. Each network is trained on the first --images images of a draw that is even over
the classes, by the recipe `short` (one cycle, not tuned) in batches of --batch for --epochs epochs; test errors are those on all 10,000 test images. Twins have
the same parameters and multiply-adds, the same first weights, batches and augmentation.
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

from common import Record, add_common, markdown


def train(a, name, seed, folder):
    run = pathlib.Path(folder, f"{name}-{seed}")
    words = ["deep", "train", name, "--data", a.data, "--images", a.images, "--batch", a.batch]
    words += ["--epochs", a.epochs, "--seed", seed, "--evaluate-every", a.evaluate_every, "--out", run, "--quiet"]
    start = time.perf_counter()
    subprocess.run([a.bin, *map(str, words)], check=True)
    lines = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    return {"network": name, "seed": seed, "seconds": time.perf_counter() - start, "epochs": lines}


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_common(ap, "cifar10.json")
    ap.add_argument("--networks", default="plain-20,resnet-20,plain-56,resnet-56")
    ap.add_argument("--images", type=int, default=5000)
    ap.add_argument("--batch", type=int, default=128)
    ap.add_argument("--epochs", type=float, default=20)
    ap.add_argument("--evaluate-every", type=int, default=5)
    ap.add_argument("--seeds", type=int, default=1)
    a = ap.parse_args()
    record = Record(a.record, {}, load=os.getloadavg(), about=__doc__.split("\n\n", 2)[2].strip())
    results, rows = [], []
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(1, a.seeds + 1):
            for name in a.networks.split(","):
                result = train(a, name, seed, folder)
                results.append(result)
                last = result["epochs"][-1]
                errors = [f"{100 * last[kind]:.1f}" for kind in ("train_error", "test_error")]
                rows.append([name, seed, f"{last['train_loss']:.3f}", *errors, f"{result['seconds'] / 60:.1f}"])
                table = markdown(["network", "seed", "training loss", "training error %", "test error %", "minutes"], rows)
                record.save(results=results, table=table)
                print(table, file=sys.stderr, flush=True)
    record.save(complete=True)


if __name__ == "__main__":
    main()
