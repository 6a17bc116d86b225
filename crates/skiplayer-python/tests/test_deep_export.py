"""Deep networks as ONNX: onnxruntime computes the probabilities that the command predicts."""

import json
import subprocess

import numpy as np
import onnxruntime
import pytest
from PIL import Image
from test_conformance import COMMAND

FAMILIES = ["resnet-8", "resnet-14-b", "resnet-8-sd", "preact-8", "densenet-bc-16-4", "highway-8", "rezero-8", "fixup-8", "resnet-18"]


def run(folder, *words):
    done = subprocess.run([COMMAND, "deep", *words], capture_output=True, text=True, cwd=folder)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("network", FAMILIES)
def test_onnx_runtime_predicts_what_the_command_predicts(network, tmp_path):
    run(tmp_path, *f"train {network} --data digits --images 60 --batch 30 --epochs 1 --out run -q".split())
    run(tmp_path, "export", "run", "-o", "net.onnx", "-q")
    pixels = np.random.default_rng(1).integers(0, 256, (4, 8, 8), dtype=np.uint8)
    for at, picture in enumerate(pixels):
        Image.fromarray(picture).save(tmp_path / f"{at}.png")
    told = json.loads(run(tmp_path, "predict", "run", *(f"{at}.png" for at in range(4)), "--json"))
    session = onnxruntime.InferenceSession(tmp_path / "net.onnx")
    facts = session.get_modelmeta().custom_metadata_map
    mean, std = (np.array(json.loads(facts[name])) for name in ("mean", "std"))
    images = ((pixels[:, None] / 255 - mean[0]) / std[0]).astype(np.float32)
    (logits,) = session.run(None, {"image": images})
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    ours = powers / powers.sum(axis=1, keepdims=True)
    assert facts["network"] == network
    for row, picture in zip(ours, told["predictions"]):
        theirs = [picture["probabilities"][str(digit)] for digit in range(10)]
        np.testing.assert_allclose(row, theirs, atol=1e-5)
