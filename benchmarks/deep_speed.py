"""Time of a training step of deep networks beside PyTorch, and memory, on images of noise of CIFAR's size.

    cargo build --release -p skiplayer-deep --example step
    python benchmarks/deep_speed.py --bin target/release/examples/step

Forward, backward and update by SGD with momentum, in single precision, two threads; PyTorch's networks written by hand as the papers
describe them, in its contiguous layout and in channels_last. Runs alternate --repeats times; medians are compared. The deepest networks
run alone: 20 steps on one batch at .01, the rate that their recipes warm up with; dense ones of two depths also without concatenations
(`--memory-efficient`). Memory is the largest resident set of our process, told
by itself: one that is started by a larger process would inherit that one's.
"""

import argparse
import os
import statistics
import subprocess
import sys
import time

THREADS = 2
for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "RAYON_NUM_THREADS"):
    os.environ[name] = str(THREADS)

import torch  # noqa: E402
from common import Record, add_common, markdown  # noqa: E402
from torch import nn  # noqa: E402
from torch.nn import functional as F  # noqa: E402

JOBS = (("resnet-20", 128), ("resnet-56", 128), ("densenet-bc-100-12", 32))
DEEPEST = (("resnet-1202", 8), ("preact-1001", 8))
STEPS, RATE = 20, 0.01
# Two depths, with concatenations and with each map kept once.
DENSE = (("densenet-bc-100-12", 16), ("densenet-bc-190-12", 16))


class Block(nn.Module):
    """Two 3x3 convolutions, and zeros where channels are missing (option A)."""

    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.bn1, self.bn2 = nn.BatchNorm2d(outputs), nn.BatchNorm2d(outputs)
        self.stride, self.missing = stride, outputs - inputs

    def forward(self, x):
        y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)), inplace=True)))
        if self.missing:
            x = F.pad(x[:, :, :: self.stride, :: self.stride], (0, 0, 0, 0, 0, self.missing))
        return F.relu(y + x, inplace=True)


def resnet(depth):
    n = (depth - 2) // 6
    blocks, inputs = [], 16
    for outputs in (16, 32, 64):
        for i in range(n):
            blocks.append(Block(inputs, outputs, 2 if i == 0 and outputs > 16 else 1))
            inputs = outputs
    stem = [nn.Conv2d(3, 16, 3, 1, 1, bias=False), nn.BatchNorm2d(16), nn.ReLU(inplace=True)]
    return nn.Sequential(*stem, *blocks, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10))


class Dense(nn.Module):
    def __init__(self, inputs, growth):
        super().__init__()
        self.bn1, self.conv1 = nn.BatchNorm2d(inputs), nn.Conv2d(inputs, 4 * growth, 1, bias=False)
        self.bn2, self.conv2 = nn.BatchNorm2d(4 * growth), nn.Conv2d(4 * growth, growth, 3, 1, 1, bias=False)

    def forward(self, x):
        y = self.conv1(F.relu(self.bn1(x), inplace=True))
        return torch.cat([x, self.conv2(F.relu(self.bn2(y), inplace=True))], 1)


def densenet_bc(depth, growth):
    n, channels = (depth - 4) // 6, 2 * growth
    layers = [nn.Conv2d(3, channels, 3, 1, 1, bias=False)]
    for stage in range(3):
        for _ in range(n):
            layers.append(Dense(channels, growth))
            channels += growth
        layers += [nn.BatchNorm2d(channels), nn.ReLU(inplace=True)]
        if stage < 2:
            layers += [nn.Conv2d(channels, channels // 2, 1, bias=False), nn.AvgPool2d(2)]
            channels //= 2
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, 10))


def build(name):
    words = name.split("-")
    return resnet(int(words[1])) if words[0] == "resnet" else densenet_bc(int(words[2]), int(words[3]))


def torch_step(name, batch, channels_last):
    torch.manual_seed(1)
    layout = torch.channels_last if channels_last else torch.contiguous_format
    net = build(name).to(memory_format=layout)
    x = torch.randn(batch, 3, 32, 32).to(memory_format=layout)
    y = torch.randint(0, 10, (batch,))
    sgd = torch.optim.SGD(net.parameters(), lr=0.01, momentum=0.9, weight_decay=1e-4)

    def step():
        start = time.perf_counter()
        sgd.zero_grad(set_to_none=True)
        F.cross_entropy(net(x), y).backward()
        sgd.step()
        return time.perf_counter() - start

    step()
    return sum(p.numel() for p in net.parameters()), lambda: statistics.median(step() for _ in range(3))


def our_steps(engine, name, batch, *options):
    """Seconds and losses of steps, and the largest resident set in MiB."""
    done = subprocess.run([engine, name, str(batch), *map(str, options)], capture_output=True, text=True, check=True)
    *steps, memory = done.stdout.splitlines()
    seconds = [float(line.split(": ")[1].split(" s")[0]) for line in steps]
    return seconds, [float(line.split("loss ")[1]) for line in steps], int(memory.split(": ")[1].split(" kB")[0]) / 1024


def deepest(engine):
    for name, batch in DEEPEST:
        seconds, losses, memory = our_steps(engine, name, batch, STEPS, RATE)
        yield {"network": name, "batch": batch, "rate": RATE, "seconds": seconds, "losses": losses, "MiB": memory}


def dense(engine):
    for name, batch in DENSE:
        (seconds, _, memory), (seconds_once, _, once) = (
            our_steps(engine, name, batch, 3, RATE, *option) for option in ((), ("memory-efficient",))
        )
        yield {"network": name, "batch": batch, "seconds": seconds, "MiB": memory, "seconds_once": seconds_once, "MiB_once": once}


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_common(ap, "deep_speed.json", data=False)
    ap.add_argument("--repeats", type=int, default=5, help="of the comparison with PyTorch")
    a = ap.parse_args()
    torch.set_num_threads(THREADS)
    about = __doc__.split("\n\n", 2)[2].strip()
    record = Record(a.record, {"torch": torch.__version__}, threads=THREADS, load=os.getloadavg(), about=about)
    results, rows = [], []
    for name, batch in JOBS:
        n_parameters, contiguous = torch_step(name, batch, False)
        _, last = torch_step(name, batch, True)
        ours, theirs, theirs_last, memory = [], [], [], 0
        for _ in range(a.repeats):
            seconds, _, memory = our_steps(a.bin, name, batch)
            ours.append(statistics.median(seconds))
            theirs.append(contiguous())
            theirs_last.append(last())
        median = [statistics.median(seconds) for seconds in (ours, theirs, theirs_last)]
        results.append({"network": name, "batch": batch, "parameters": n_parameters, "seconds": ours, "torch_contiguous": theirs,
                        "torch_channels_last": theirs_last, "MiB": memory})  # fmt: skip
        rows.append([name, batch, *(f"{1000 * m:.0f}" for m in median), f"{min(median[1:]) / median[0]:.2f}", f"{memory:.0f}"])
        header = ["network", "batch", "ours, ms", "PyTorch, ms", "channels_last, ms", "better of PyTorch's over ours", "ours, MiB"]
        table = markdown(header, rows)
        record.save(results=results, table=table)
        print(table, file=sys.stderr, flush=True)
    rows = []
    for result in deepest(a.bin):
        results.append(result)
        first, last = statistics.mean(result["losses"][:5]), statistics.mean(result["losses"][-5:])
        times = f"{1000 * statistics.median(result['seconds']):.0f}"
        rows.append([result["network"], result["batch"], times, f"{first:.3f}", f"{last:.3f}", f"{result['MiB']:.0f}"])
        header = ["network", "batch", "ours, ms", "loss, first 5 steps", "loss, last 5 of 20", "ours, MiB"]
        table_of_deepest = markdown(header, rows)
        record.save(results=results, table_of_deepest=table_of_deepest)
        print(table_of_deepest, file=sys.stderr, flush=True)
    rows = []
    for result in dense(a.bin):
        results.append(result)
        times = [f"{1000 * statistics.median(result[key]):.0f}" for key in ("seconds", "seconds_once")]
        rows.append([result["network"], result["batch"], *times, f"{result['MiB']:.0f}", f"{result['MiB_once']:.0f}"])
        header = ["network", "batch", "concatenating, ms", "each map once, ms", "concatenating, MiB", "each map once, MiB"]
        table_of_dense = markdown(header, rows)
        record.save(results=results, table_of_dense=table_of_dense)
        print(table_of_dense, file=sys.stderr, flush=True)
    record.save(complete=True)


if __name__ == "__main__":
    main()
