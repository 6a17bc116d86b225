"""Two promises about deep networks on pictures.

    cargo build -p skiplayer-cli
    python benchmarks/pictures.py --bin target/debug/skiplayer --work DIR

pruning     The error that `deep prune` reports before a branch is cut is that of `deep evaluate`, to a tenth of a point: five seeds on digits; and
            where nothing moves and nothing is cut, that of the network with a penalty on its branches is too.
telephone   Two hundred photographs of bars that lie or stand, made here by Pillow: several sizes, half of them turned by EXIF alone, every fifth
            progressive, one file broken. The file is named; without it they train a network, which is asked about forty others.

Five minutes on two cores.
"""

import argparse
import io
import json
import pathlib
import subprocess

import numpy as np
import PIL
from PIL import Image

from common import Record, add_common

SEEDS = (1, 2, 3, 4, 5)
SIZES = ((640, 480), (480, 640), (800, 600), (600, 600))
ORIENTATION = 0x0112


class Deep:
    def __init__(self, program, work):
        self.program, self.work = pathlib.Path(program).resolve(), work

    def run(self, *words):
        return subprocess.run([str(self.program), "deep", *map(str, words)], cwd=self.work, capture_output=True, text=True)

    def json(self, *words):
        done = self.run(*words, "--json")
        if done.returncode != 0:
            raise RuntimeError(f"deep {words}: {done.stderr.strip()[-500:]}")
        return json.loads(done.stdout)


def pruning(deep, seed):
    run = f"digits-{seed}"
    deep.json("train", "resnet-20", "--data", "digits", "--epochs", 10, "--seed", seed, "--out", run)
    evaluated = deep.json("evaluate", run)["error"]
    still = deep.json("prune", run, "--lambda", 1e-9, "--lr", 1e-12, "--epochs", 1, "--fine-tune", 1, "--out", f"{run}-still")
    assert not still["removed"]
    return {"seed": seed, "evaluated": evaluated, "before": still["error"]["before"], "with_penalty": still["error"]["pruned"]}


def photograph(rng, number, stands):
    width, height = SIZES[number % len(SIZES)]
    period, shift = rng.integers(40, 90), rng.integers(0, 90)
    along = np.arange(width)[None, :] if stands else np.arange(height)[:, None]
    level = np.where((along + shift) % period < period / 2, 60.0, 160.0) + np.zeros((height, width))
    image = level[..., None] * rng.uniform(0.6, 1.0, 3) + rng.normal(0.0, 25.0, (height, width, 3))
    picture = Image.fromarray(np.clip(image, 0, 255).astype(np.uint8))
    exif = Image.Exif()
    exif[0x010F] = "a telephone"
    if number % 2:
        # Stored as the sensor lies: viewers turn it by 90 degrees to the right.
        picture = picture.transpose(Image.Transpose.ROTATE_90)
        exif[ORIENTATION] = 6
    stream = io.BytesIO()
    picture.save(stream, "JPEG", quality=85, exif=exif, progressive=number % 5 == 0)
    return stream.getvalue()


def telephone(deep):
    rng = np.random.default_rng(1)
    for folder, numbers in (("phone", range(200)), ("new", range(200, 240))):
        for i in numbers:
            stands = i % 2 == 1
            path = deep.work / folder / ("standing" if stands else "lying") / f"IMG_{i:04}.jpg"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(photograph(rng, i // 2, stands))
    broken = deep.work / "phone" / "lying" / "IMG_0040.jpg"
    broken.write_bytes(broken.read_bytes()[:20_000])
    words = ("train", "resnet-20", "--data", "phone", "--size", 32, "--validation", 0.2, "--epochs", 20, "--out", "phone-run")
    refused = deep.run(*words)
    assert refused.returncode == 2 and broken.name in refused.stderr, refused
    broken.unlink()
    trained = deep.json(*words)
    predicted = deep.json("predict", "phone-run", "new/lying", "new/standing")["predictions"]
    wrong = [p["image"] for p in predicted if pathlib.Path(p["image"]).parent.name != p["class"]]
    counts = {part["part"]: part["counts"] for part in trained["data"]["parts"]}
    return {
        "message": refused.stderr.strip().replace(f"{deep.work}/", ""),
        "photographs": counts,
        "validation_error": trained["last"]["validation_error"],
        "new": len(predicted),
        "wrong": len(wrong),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_common(parser, "pictures.json", data=False)
    parser.add_argument("--work", required=True, type=pathlib.Path, help="an empty folder for run folders and photographs")
    args = parser.parse_args()
    args.work.mkdir(parents=True, exist_ok=True)
    deep = Deep(args.bin, args.work.resolve())
    record = Record(args.record, {"pillow": PIL.__version__}, pruning=[], telephone=None)
    for seed in SEEDS:
        record.save(pruning=[*record.body["pruning"], pruning(deep, seed)])
        print(record.body["pruning"][-1], flush=True)
    record.save(telephone=telephone(deep))
    print(record.body["telephone"], flush=True)
    off = max(abs(row[key] - row["evaluated"]) for row in record.body["pruning"] for key in ("before", "with_penalty"))
    record.save(largest_difference=off, complete=True)
    assert off < 0.001, f"the error before pruning is off by {off}"


main()
