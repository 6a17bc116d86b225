"""Exports beside the programs that they are for: deep networks in torchvision, timm, onnxruntime and twins in PyTorch, models of tables in onnxruntime.

    python benchmarks/exported.py WORK [PART ...]

WORK is a folder for what is in between (half a gigabyte). Parts are `networks`, `import` and `tables`; by default all. Weights are random, with
statistics of batch norms that are not those of the start. Wants torch, torchvision, timm, safetensors, onnxruntime, Pillow, NumPy; `tables` wants
skiplayer's Python package and the rest of them not. SKIPLAYER names the command, by default that of a release build. Parts that are left out
keep what the record has of them.
"""

import json
import os
import pathlib
import subprocess
import sys
import time

import numpy as np

from provenance import ROOT, provenance

COMMAND = os.environ.get("SKIPLAYER", str(ROOT / "target/release/skiplayer"))
RECORD = ROOT / "benchmarks/records/exported.json"
IMAGENET = ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])
# The name here, and in torchvision and timm.
LIBRARIES = {
    "resnet-18": "resnet18",
    "resnet-34": "resnet34",
    "resnet-50-v1.5": "resnet50",
    "densenet-121": "densenet121",
}
N_IMAGES = 4
# Seconds, peak memory and seconds of processors of a command.
WATCH = """
import json, os, subprocess, sys, time
start = time.perf_counter()
process = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL)
_, status, usage = os.wait4(process.pid, 0)
assert status == 0
print(json.dumps([time.perf_counter() - start, usage.ru_maxrss * 1024, usage.ru_utime + usage.ru_stime]))
"""


def deep(*words):
    done = subprocess.run([COMMAND, "deep", *map(str, words)], capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"{words}: {done.stderr}")
    return done.stdout


def randomised(model, seed):
    """With weights of unit gain, and batch norms that have seen something."""
    import torch

    torch.manual_seed(seed)
    with torch.no_grad():
        for name, tensor in model.state_dict().items():
            if name.endswith(("running_var", "bn1.weight", "bn2.weight", "bn3.weight", "norm1.weight", "norm2.weight")):
                tensor.uniform_(0.6, 1.4)
            elif name.endswith(("running_mean", "bias")):
                tensor.normal_(0, 0.1)
    return model.eval()


def zero_padding(torch):
    class Shortcut(torch.nn.Module):
        """Every second pixel, and zeros behind the channels (option A of the paper)."""

        def __init__(self, added):
            super().__init__()
            self.added = added

        def forward(self, x):
            return torch.nn.functional.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, 0, self.added))

    return Shortcut


def cifar_twin(depth):
    """ResNet for CIFAR-10 with torchvision's names, written with PyTorch's layers."""
    import torch
    from torch import nn

    padding = zero_padding(torch)

    class Block(nn.Module):
        def __init__(self, n_inputs, width, stride):
            super().__init__()
            self.conv1 = nn.Conv2d(n_inputs, width, 3, stride, 1, bias=False)
            self.bn1 = nn.BatchNorm2d(width)
            self.conv2 = nn.Conv2d(width, width, 3, 1, 1, bias=False)
            self.bn2 = nn.BatchNorm2d(width)
            self.around = nn.Identity() if stride == 1 else padding(width - n_inputs)

        def forward(self, x):
            h = torch.relu(self.bn1(self.conv1(x)))
            return torch.relu(self.bn2(self.conv2(h)) + self.around(x))

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv1, self.bn1 = nn.Conv2d(3, 16, 3, 1, 1, bias=False), nn.BatchNorm2d(16)
            channels = 16
            for stage in range(3):
                blocks = []
                for block in range((depth - 2) // 6):
                    blocks.append(Block(channels, 16 << stage, 2 if stage and not block else 1))
                    channels = 16 << stage
                setattr(self, f"layer{stage + 1}", nn.Sequential(*blocks))
            self.fc = nn.Linear(64, 10)

        def forward(self, x):
            x = torch.relu(self.bn1(self.conv1(x)))
            x = self.layer3(self.layer2(self.layer1(x)))
            return self.fc(x.mean((2, 3)))

    return Net()


def unet_twin(levels, width, n_outputs):
    """A U-Net with padding and batch norm, with the names that it has here."""
    import torch
    from torch import nn

    def twice(n_inputs, n_outputs):
        pair = nn.Module()
        for i, n in ((1, n_inputs), (2, n_outputs)):
            setattr(pair, f"conv{i}", nn.Conv2d(n, n_outputs, 3, 1, 1, bias=False))
            setattr(pair, f"bn{i}", nn.BatchNorm2d(n_outputs))
        return pair

    def through(pair, x):
        x = torch.relu(pair.bn1(pair.conv1(x)))
        return torch.relu(pair.bn2(pair.conv2(x)))

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            n_inputs = 3
            for level in range(levels):
                own, w = nn.Module(), width << level
                own.down, own.join, own.up = twice(n_inputs, w), twice(2 * w, w), nn.ConvTranspose2d(2 * w, w, 2, 2)
                if level + 1 == levels:
                    own.bottom = twice(w, 2 * w)
                setattr(self, f"level{level + 1}", own)
                n_inputs = w
            self.head = nn.Conv2d(width, n_outputs, 1)

        def level(self, at, x):
            own = getattr(self, f"level{at}")
            x = through(own.down, x)
            below = torch.nn.functional.max_pool2d(x, 2)
            below = self.level(at + 1, below) if at < levels else through(own.bottom, below)
            return through(own.join, torch.cat([x, own.up(below)], 1))

        def forward(self, x):
            return self.head(self.level(1, x))

    return Net()


def pictures(work, side):
    """Pictures of blots, as files, and as the networks take them."""
    from PIL import Image

    random = np.random.default_rng(side)
    files, arrays = [], []
    for at in range(N_IMAGES):
        small = Image.fromarray(random.integers(0, 256, (side // 8, side // 8, 3), dtype=np.uint8))
        picture = small.resize((side, side), Image.Resampling.BICUBIC)
        files.append(work / f"{side}-{at}.png")
        picture.save(files[-1])
        mean, std = (np.array(numbers, dtype=np.float32) for numbers in IMAGENET)
        arrays.append(((np.asarray(picture, dtype=np.float32) / 255 - mean) / std).transpose(2, 0, 1))
    return files, np.stack(arrays)


def log_softmax(logits):
    logits = np.asarray(logits, dtype=float)
    logits = logits - logits.max(1, keepdims=True)
    return logits - np.log(np.exp(logits).sum(1, keepdims=True))


def relative(found, expected):
    """The largest difference, of the largest number."""
    return float(f"{np.abs(found - expected).max() / np.abs(expected).max():.1e}")


def predicted(run, files):
    """Logarithms of the probabilities that the command predicts: its logits but for a constant."""
    told = json.loads(deep("predict", run, *files, "--json"))["predictions"]
    n = len(told[0]["probabilities"])
    return np.log([[row["probabilities"][str(k)] for k in range(n)] for row in told])


def logits_of_onnx(path, images):
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 2
    session = onnxruntime.InferenceSession(path, options)
    return np.concatenate([session.run(None, {"image": image[None]})[0] for image in images])


def examined(work, network, model, side, others, words=()):
    """The network of `model` through a run folder into all formats; `others` are new models that load the weights strictly, by their names."""
    import torch
    from safetensors.torch import load_file

    folder = work / network
    subprocess.run(["rm", "-rf", folder], check=True)
    folder.mkdir()
    files, images = pictures(work, side)
    with torch.no_grad():
        # Logits beyond which single precision has probabilities of 0 say nothing about the others.
        last = list(model.modules())[-1]
        factor = 5 / model(torch.from_numpy(images)).abs().max()
        last.weight.mul_(factor)
        last.bias.mul_(factor)
        expected = model(torch.from_numpy(images)).numpy()
    torch.save(model.state_dict(), folder / "net.pth")
    deep("import", folder / "net.pth", "--net", network, "-o", folder / "run", "--size", side, *words)
    told = {"checkpoint_bytes": (folder / "net.pth").stat().st_size, "logits": {}}
    is_map = expected.ndim == 4
    if not is_map:
        found, theirs = predicted(folder / "run", files), log_softmax(expected)
        told["logits"]["skiplayer"] = relative(found, theirs)
    for words, name in (((), "onnx"), (("--fold",), "onnx_folded")):
        path = folder / f"{name}.onnx"
        deep("export", folder / "run", "-o", path, *words, "-q")
        told[f"{name}_bytes"] = path.stat().st_size
        told["logits"][name] = relative(logits_of_onnx(path, images), expected)
    for name, (library, other) in others.items():
        path = folder / f"{name}.safetensors"
        deep("export", folder / "run", "-o", path, "--names", library, "-q")
        other.load_state_dict(load_file(path), strict=True)
        told["safetensors_bytes"] = path.stat().st_size
        with torch.no_grad():
            told["logits"][name] = relative(other.eval()(torch.from_numpy(images)).numpy(), expected)
    if is_map:
        # Masks are what the command writes of the logits.
        from PIL import Image

        deep("predict", folder / "run", *files, "--masks", folder / "masks")
        shown = np.stack([np.asarray(Image.open(folder / "masks" / file.name)) for file in files])
        classes = expected.argmax(1)
        told["pixels_of_another_class"] = int((shown != classes).sum())
        told["pixels"] = int(classes.size)
    print(network, told, flush=True)
    return told


def networks(work):
    import timm
    import torch
    import torchvision

    torch.set_num_threads(2)
    told = {"versions": {"torch": torch.__version__, "torchvision": torchvision.__version__, "timm": timm.__version__}}
    for network, name in LIBRARIES.items():
        model = randomised(torchvision.models.get_model(name), 1)
        others = {
            "torchvision": ("torchvision", torchvision.models.get_model(name)),
            "timm": ("timm", timm.create_model(name)),
        }
        told[network] = examined(work, network, model, 224, others)
    statistics = ("--mean", ",".join(map(str, IMAGENET[0])), "--std", ",".join(map(str, IMAGENET[1])), "--source", "own")
    for depth in (20, 56):
        twin = {"twin": ("run", cifar_twin(depth))}
        told[f"resnet-{depth}"] = examined(work, f"resnet-{depth}", randomised(cifar_twin(depth), 2), 32, twin, statistics)
    twin = {"twin": ("run", unet_twin(3, 8, 2))}
    told["unet-3-8"] = examined(work, "unet-3-8", randomised(unet_twin(3, 8, 2), 3), 64, twin, statistics)
    return told


def imported(work):
    """Time and peak memory of `deep import` of a ResNet-50, the best of five; also where the allocator asks for no huge pages, which round up."""
    import torch
    import torchvision

    path = work / "resnet50.pth"
    torch.save(torchvision.models.resnet50().state_dict(), path)
    size = path.stat().st_size
    told = {"network": "resnet-50-v1.5", "file_bytes": size}
    for name, environment in (("usual", {}), ("without_huge_pages", {"MIMALLOC_ALLOW_THP": "0"})):
        runs = []
        for _ in range(5):
            subprocess.run(["rm", "-rf", work / "imported"], check=True)
            words = [COMMAND, "deep", "import", path, "--net", "resnet-50-v1.5", "-o", work / "imported"]
            # A child begins with the peak of its parent: this process is no measure.
            watch = [sys.executable, "-S", "-c", WATCH, *map(str, words)]
            done = subprocess.run(watch, capture_output=True, check=True, env=os.environ | environment)
            runs.append(tuple(json.loads(done.stdout.splitlines()[-1])))
        seconds, peak, processor = min(runs)
        told[name] = {
            "seconds": round(seconds, 2),
            "processor_seconds": round(processor, 2),
            "peak_bytes": peak,
            "peak_of_file": round(peak / size, 2),
        }
    print(told, flush=True)
    return told


def tables(work):
    """Thousand predictions, one row at a time: a linear model and a network of the table of concrete, in Python and in onnxruntime."""
    import onnxruntime
    import pandas as pd

    from skiplayer import SkipLayerRegressor

    frame = pd.read_csv(ROOT / "data/concrete.csv")
    y = frame.pop("compressive_strength")
    told = {"versions": {"onnxruntime": onnxruntime.__version__}}
    rows = frame.iloc[np.arange(1000) % len(frame)].astype(float)
    matrix = rows.to_numpy()
    for name, options in (("linear", {"method": "linear"}), ("network", {"n_starts": 3})):
        model = SkipLayerRegressor(**options).fit(frame, y)
        array_model = SkipLayerRegressor(**options).fit(frame.to_numpy(), y)
        path = work / f"{name}.onnx"
        model.export(path)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        session = onnxruntime.InferenceSession(path, options)
        names = [given.name for given in session.get_inputs()]
        places = [list(frame.columns).index(column) for column in names]

        def of_onnx(row):
            return session.run(["prediction"], {column: row[at].reshape(1, 1) for column, at in zip(names, places)})[0]

        def of_array(row):
            return array_model.predict(row.reshape(1, -1))

        frames = [rows.iloc[[i]] for i in range(len(rows))]
        timed = {"onnxruntime": of_onnx, "skiplayer, array": of_array}
        seconds = {way: min(clock(lambda: [one(row) for row in matrix]) for _ in range(3)) for way, one in timed.items()}
        seconds["skiplayer, frame"] = min(clock(lambda: [model.predict(one) for one in frames]) for _ in range(3))
        seconds["skiplayer, all at once"] = min(clock(lambda: model.predict(rows)) for _ in range(3))
        found = np.concatenate([of_onnx(row) for row in matrix]).ravel()
        told[name] = {
            "n_units": len(model.units_),
            "onnx_bytes": path.stat().st_size,
            "seconds_of_1000": {way: float(f"{value:.2g}") for way, value in seconds.items()},
            "largest_difference": relative(found, model.predict(rows)),
        }
        print(name, told[name], flush=True)
    return told


def clock(work):
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


PARTS = {"networks": networks, "import": imported, "tables": tables}


def main(work, *parts):
    work = pathlib.Path(work)
    work.mkdir(exist_ok=True, parents=True)
    record = json.loads(RECORD.read_text()) if RECORD.exists() else {}
    for part in parts or PARTS:
        record[part] = PARTS[part](work)
    words = " ".join(["WORK", *parts])
    record = provenance(f"python benchmarks/exported.py {words}") | {k: v for k, v in record.items() if k in PARTS}
    RECORD.write_text(json.dumps(record, indent=1) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
