"""Time of training and evaluation of deep networks in f32 and bf16 beside PyTorch, on images of noise.

    cargo build --release -p skiplayer-deep --example step
    python benchmarks/deep_precision.py --bin target/release/examples/step --threads 2

PyTorch in channels_last, in single precision and under its bf16 autocast; networks as in deep_speed.py. All four take turns, --repeats
times; medians are compared. Processor seconds are those of the process while it works, which other users of the machine hardly change;
with one thread nobody waits in them. Memory is the largest resident set of our process.
"""

import argparse
import os
import statistics
import subprocess
import sys
import time

import torch
from common import Record, add_common, markdown
from deep_speed import build
from torch import nn
from torch.nn import functional as F

# Network, batch, side of the images, whether it learns.
JOBS = (
    ("resnet-20", 128, 32, True),
    ("resnet-56", 128, 32, True),
    ("densenet-bc-100-12", 32, 32, True),
    ("unet-3-16", 4, 256, True),
    ("resnet-56", 128, 32, False),
)


def twice(inputs, outputs):
    layers = []
    for i in (inputs, outputs):
        layers += [nn.Conv2d(i, outputs, 3, 1, 1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU(inplace=True)]
    return nn.Sequential(*layers)


class Level(nn.Module):
    """A level of a U-Net around everything that is smaller."""

    def __init__(self, inputs, width, below):
        super().__init__()
        self.down, self.below, self.join = twice(inputs, width), below, twice(2 * width, width)
        self.up = nn.ConvTranspose2d(2 * width, width, 2, 2)

    def forward(self, x):
        x = self.down(x)
        return self.join(torch.cat([x, self.up(self.below(F.max_pool2d(x, 2)))], 1))


def unet(levels, width, outputs):
    below = twice(width << (levels - 1), width << levels)
    for level in reversed(range(levels)):
        below = Level(width << (level - 1) if level else 3, width << level, below)
    return nn.Sequential(below, nn.Conv2d(width, outputs, 1))


def torch_work(name, batch, side, learns, is_half):
    """A function that does the work once: seconds on the clock, seconds of processors."""
    torch.manual_seed(1)
    is_map = name.startswith("unet")
    net = unet(*map(int, name.split("-")[1:]), 2) if is_map else build(name)
    net = net.to(memory_format=torch.channels_last).train(learns)
    x = torch.randn(batch, 3, side, side).to(memory_format=torch.channels_last)
    y = torch.randint(0, 2, (batch, side, side) if is_map else (batch,))
    sgd = torch.optim.SGD(net.parameters(), lr=0.01, momentum=0.9, weight_decay=1e-4)

    def work():
        clock, processors = time.perf_counter(), time.process_time()
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=is_half):
            if learns:
                sgd.zero_grad(set_to_none=True)
                loss = F.cross_entropy(net(x), y)
            else:
                with torch.no_grad():
                    net(x)
        if learns:
            loss.backward()
            sgd.step()
        return time.perf_counter() - clock, time.process_time() - processors

    work()
    return work


def our_work(engine, threads, name, batch, side, learns, precision):
    """Medians of three times the work of a process of its own: seconds, seconds of processors; and its memory in MiB."""
    words = [precision, side, *([] if learns else ["evaluate"])]
    command = [engine, name, batch, 3, 0.01, *words]
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=True,
                          env={**os.environ, "RAYON_NUM_THREADS": str(threads)})  # fmt: skip
    *steps, memory = done.stdout.splitlines()
    clock = [float(line.split(": ")[1].split(" s")[0]) for line in steps]
    processors = [float(line.split(" s of processors")[0].split(", ")[-1]) for line in steps]
    return statistics.median(clock), statistics.median(processors), int(memory.split(": ")[1].split(" kB")[0]) / 1024


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_common(ap, "deep_precision.json", data=False)
    ap.add_argument("--repeats", type=int, default=7)
    ap.add_argument("--threads", type=int, default=2)
    a = ap.parse_args()
    torch.set_num_threads(a.threads)
    about = __doc__.split("\n\n", 2)[2].strip()
    record = Record(a.record, {"torch": torch.__version__}, threads=a.threads, load=os.getloadavg(), about=about)
    results, rows = [], []
    for name, batch, side, learns in JOBS:
        theirs = {half: torch_work(name, batch, side, learns, half) for half in (False, True)}
        kinds = ("ours f32", "ours bf16", "torch f32", "torch bf16")
        seen = {kind: {"seconds": [], "processor_seconds": []} for kind in kinds}
        memory = {}
        for _ in range(a.repeats):
            for kind in kinds:
                who, precision = kind.split()
                if who == "ours":
                    clock, processors, memory[precision] = our_work(a.bin, a.threads, name, batch, side, learns, precision)
                else:
                    clock, processors = map(statistics.median, zip(*(theirs[precision == "bf16"]() for _ in range(3))))
                seen[kind]["seconds"].append(clock)
                seen[kind]["processor_seconds"].append(processors)
        results.append({"network": name, "batch": batch, "side": side, "learns": learns, "MiB": memory, **seen})
        for what in ("seconds", "processor_seconds"):
            median = [statistics.median(seen[kind][what]) for kind in kinds]
            job = f"{name}, {'step' if learns else 'evaluation'}"
            ratios = [median[2] / median[0], median[2] / median[1], median[3] / median[1]]
            cells = [*(f"{1000 * m:.0f}" for m in median), *(f"{r:.2f}" for r in ratios)]
            rows.append([job, what.replace("_", " "), *cells, f"{memory['f32']:.0f}", f"{memory['bf16']:.0f}"])
        header = ["job", "ms of", *kinds, "f32 over f32", "their f32 over our bf16", "bf16 over bf16", "MiB f32", "MiB bf16"]
        table = markdown(header, rows)
        record.save(results=results, table=table, load_at_end=os.getloadavg())
        print(table, file=sys.stderr, flush=True)
    record.save(complete=True)


if __name__ == "__main__":
    main()
