"""Do networks learn the same in f32 and in bf16? Loss and test error of every epoch on the digits, three seeds, PyTorch beside ours.

    cargo build --release
    python benchmarks/deep_curves.py --bin target/release/skiplayer   (torch, scikit-learn)

Ours: `deep train NET --data digits --epochs 10 --seed S --precision P`. PyTorch: networks as in deep_speed.py on the same 1797 digits of 8 x 8
pixels, a sixth held out by the seed, one cycle of SGD with momentum .9 to a rate of .1, batches of 32, no augmentation; in single precision and
under bf16 autocast. The two programs have other splits, batches and recipes: what is compared is f32 and bf16 of each.
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile

import torch
from common import Record, add_common, markdown
from deep_speed import densenet_bc, resnet
from sklearn.datasets import load_digits
from torch.nn import functional as F

NETWORKS = {
    "resnet-20": lambda: resnet(20),
    "resnet-56": lambda: resnet(56),
    "densenet-bc-40-12": lambda: densenet_bc(40, 12),
}


def ours(program, name, seed, precision, epochs, folder):
    run = pathlib.Path(folder, f"{name}-{seed}-{precision}")
    words = ["deep", "train", name, "--data", "digits", "--epochs", epochs, "--seed", seed, "--precision", precision]
    words += ["--evaluate-every", 1, "--out", run, "--quiet"]
    subprocess.run([program, *map(str, words)], check=True)
    lines = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    return [line["train_loss"] for line in lines], [line["test_error"] for line in lines]


def theirs(name, seed, precision, epochs):
    torch.manual_seed(seed)
    digits = load_digits()
    x = torch.tensor(digits.images / 16, dtype=torch.float32)[:, None].repeat(1, 3, 1, 1)
    x = (x - x.mean()) / x.std()
    y = torch.tensor(digits.target)
    order = torch.randperm(len(y))
    test, train = order[: len(y) // 6], order[len(y) // 6 :]
    net = NETWORKS[name]()
    sgd = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9, weight_decay=1e-4, nesterov=True)
    n_batches = len(train) // 32
    rate = torch.optim.lr_scheduler.OneCycleLR(sgd, 0.1, total_steps=epochs * n_batches)
    half = torch.autocast("cpu", dtype=torch.bfloat16, enabled=precision == "bf16")
    losses, errors = [], []
    for _ in range(epochs):
        net.train()
        mixed, total = train[torch.randperm(len(train))], 0.0
        for batch in mixed[: 32 * n_batches].split(32):
            sgd.zero_grad(set_to_none=True)
            with half:
                loss = F.cross_entropy(net(x[batch]), y[batch])
            loss.backward()
            sgd.step()
            rate.step()
            total += loss.item()
        net.eval()
        with torch.no_grad(), half:
            wrong = (net(x[test]).argmax(1) != y[test]).double().mean().item()
        losses.append(total / n_batches)
        errors.append(wrong)
    return losses, errors


def summary(runs):
    """Mean test error of the last epoch in percent with its standard error, and mean losses of the first epoch, the middle and the last."""
    last = [100 * run["test_error"][-1] for run in runs]
    error = statistics.stdev(last) / len(last) ** 0.5
    at = [0, len(runs[0]["train_loss"]) // 2, -1]
    losses = [statistics.mean(run["train_loss"][i] for run in runs) for i in at]
    return [*(f"{loss:.3f}" for loss in losses), f"{statistics.mean(last):.2f} ({error:.2f})"]


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_common(ap, "deep_curves.json", data=False)
    ap.add_argument("--epochs", type=int, default=10)
    ap.add_argument("--seeds", type=int, default=3)
    a = ap.parse_args()
    about = __doc__.split("\n\n", 2)[2].strip()
    record = Record(a.record, {"torch": torch.__version__}, load=os.getloadavg(), about=about)
    runs, rows = [], []
    with tempfile.TemporaryDirectory() as folder:
        for name in NETWORKS:
            for who in ("skiplayer", "torch"):
                for precision in ("f32", "bf16"):
                    for seed in range(1, a.seeds + 1):
                        if who == "torch":
                            losses, errors = theirs(name, seed, precision, a.epochs)
                        else:
                            losses, errors = ours(a.bin, name, seed, precision, a.epochs, folder)
                        run = {"network": name, "who": who, "precision": precision, "seed": seed}
                        runs.append({**run, "train_loss": losses, "test_error": errors})
                    rows.append([name, who, precision, *summary(runs[-a.seeds :])])
                    table = markdown(["network", "program", "precision", "loss, first epoch", "middle", "last", "test error %"], rows)
                    record.save(results=runs, table=table)
                    print(table, file=sys.stderr, flush=True)
    record.save(complete=True)


if __name__ == "__main__":
    main()
