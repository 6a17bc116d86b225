"""Test errors on CIFAR-10 of networks that others have trained with PyTorch and published, after `skiplayer deep import`.

    python benchmarks/imported.py CIFAR_FOLDER resnet20-12fca82f.th … resnet56-4bfd9763.th

The checkpoints are those of github.com/akamaster/pytorch_resnet_cifar10, and CIFAR_FOLDER has the binary files of CIFAR-10; neither is in this
repository. SKIPLAYER names the command, by default that of a release build. The standard library only.
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile

from provenance import ROOT, provenance

COMMAND = os.environ.get("SKIPLAYER", str(ROOT / "target/release/skiplayer"))
# As published beside the checkpoints, in percent.
PUBLISHED = {"resnet-20": 8.27, "resnet-32": 7.37, "resnet-44": 6.90, "resnet-56": 6.61, "resnet-110": 6.32}


def told(*words):
    done = subprocess.run([COMMAND, "deep", *map(str, words)], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def main(data, *checkpoints):
    networks = {}
    for checkpoint in map(pathlib.Path, checkpoints):
        depth = checkpoint.name.split("-")[0].removeprefix("resnet")
        network = f"resnet-{depth}"
        with tempfile.TemporaryDirectory() as folder:
            run = pathlib.Path(folder) / "run"
            imported = told("import", checkpoint, "--net", network, "-o", run, "--json")
            found = told("evaluate", run, "--data", data, "--json")
        networks[network] = {
            "file": checkpoint.name,
            "source": imported["source"],
            "conventions": imported["conventions"],
            "test_error_percent": round(100 * found["error"], 4),
            "published_percent": PUBLISHED.get(network),
        }
        print(network, networks[network], flush=True)
    names = " ".join(pathlib.Path(checkpoint).name for checkpoint in checkpoints)
    record = provenance(f"python benchmarks/imported.py CIFAR_FOLDER {names}") | {"networks": networks}
    (ROOT / "benchmarks/records/imported.json").write_text(json.dumps(record, indent=1) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
