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
@pytest.mark.parametrize("fold", [[], ["--fold"]], ids=["as it is", "folded"])
def test_onnx_runtime_predicts_what_the_command_predicts(network, fold, tmp_path):
    run(tmp_path, *f"train {network} --data digits --images 60 --batch 30 --epochs 1 --out run -q".split())
    run(tmp_path, "export", "run", "-o", "net.onnx", "-q", *fold)
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


def test_masks_are_those_of_the_logits_in_onnx_runtime(tmp_path):
    run(tmp_path, *"train unet-2-4 --data digit-scenes --images 40 --batch 10 --epochs 2 --out run -q".split())
    run(tmp_path, "export", "run", "-o", "net.onnx", "-q")
    session = onnxruntime.InferenceSession(tmp_path / "net.onnx")
    _, n_channels, height, width = session.get_inputs()[0].shape
    mode = {1: "L", 3: "RGB"}[n_channels]
    shape = (3, height, width, n_channels)
    pixels = np.random.default_rng(1).integers(0, 256, shape, dtype=np.uint8)
    for at, picture in enumerate(pixels):
        Image.fromarray(picture.squeeze(), mode).save(tmp_path / f"{at}.png")
    run(tmp_path, "predict", "run", *(f"{at}.png" for at in range(3)), "--masks", "masks")
    facts = session.get_modelmeta().custom_metadata_map
    mean, std = (np.array(json.loads(facts[name])).reshape(-1, 1, 1) for name in ("mean", "std"))
    (logits,) = session.run(None, {"image": ((pixels.transpose(0, 3, 1, 2) / 255 - mean) / std).astype(np.float32)})
    first, second = np.sort(logits, axis=1)[:, -1], np.sort(logits, axis=1)[:, -2]
    is_clear = first - second > 1e-5 * np.abs(logits).max()
    masks = np.stack([np.asarray(Image.open(tmp_path / "masks" / f"{at}.png")) for at in range(3)])
    assert is_clear.mean() > 0.99
    np.testing.assert_array_equal(masks[is_clear], logits.argmax(axis=1)[is_clear])


def test_weights_have_the_counts_of_pytorch(tmp_path):
    run(tmp_path, *"train resnet-8 --data digits --images 60 --batch 30 --epochs 1 --out run -q".split())
    run(tmp_path, "export", "run", "-o", "net.safetensors", "-q")
    bytes_ = (tmp_path / "net.safetensors").read_bytes()
    header = json.loads(bytes_[8 : 8 + int.from_bytes(bytes_[:8], "little")])
    norms = {name.removesuffix(".running_var") for name in header if name.endswith(".running_var")}
    counts = {name.removesuffix(".num_batches_tracked") for name in header if name.endswith(".num_batches_tracked")}
    assert len(norms) == 7 and counts == norms
    assert header["bn1.num_batches_tracked"]["dtype"] == "I64"
