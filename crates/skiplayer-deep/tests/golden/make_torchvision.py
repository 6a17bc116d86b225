"""Names, shapes and logits of the networks of torchvision, in double precision.

    python make_torchvision.py > torchvision.json          (torch 2.15, torchvision 0.29)

Weights and images come from names, as in make_golden.py. `names` is the FNV-1a hash of the lines `name [shape]` in order.
"""

import json
import math

import numpy as np
import torch
import torchvision.models as models

from make_golden import round_digits, values

NETWORKS = {
    "resnet-18": models.resnet18,
    "resnet-34": models.resnet34,
    "resnet-50-v1.5": models.resnet50,
    "resnet-101-v1.5": models.resnet101,
    "resnet-152-v1.5": models.resnet152,
    "densenet-121": models.densenet121,
    "densenet-161": models.densenet161,
    "densenet-169": models.densenet169,
    "densenet-201": models.densenet201,
}
WITH_LOGITS = ("resnet-18", "resnet-50-v1.5", "densenet-121")


def tensors(model):
    return {name: t for name, t in sorted(model.state_dict().items()) if not name.endswith("num_batches_tracked")}


def hash_of(lines):
    h = 0xCBF29CE484222325
    for byte in "".join(line + "\n" for line in lines).encode():
        h = ((h ^ byte) * 0x100000001B3) % 2**64
    return f"{h:016x}"


def fill(model):
    for name, t in tensors(model).items():
        raw = values(name, t.numel()).reshape(t.shape)
        if t.dim() > 1:
            raw = (raw.float() * np.float32(math.sqrt(12 / math.prod(t.shape[1:])))).double()
        elif name.endswith("weight") or name.endswith("running_var"):
            raw = raw + 1
        t.copy_(raw)


record = {}
with torch.no_grad():
    for name, build in NETWORKS.items():
        model = build(num_classes=4).double().eval()
        lines = [f"{key} {list(t.shape)}" for key, t in tensors(model).items()]
        record[name] = {"n_tensors": len(lines), "names": hash_of(lines)}
        if name in WITH_LOGITS:
            fill(model)
            x = values("input", 4 * 3 * 64 * 64).reshape(4, 3, 64, 64) * 4
            record[name]["logits"] = [round_digits(v) for v in model(x).flatten().tolist()]
print(json.dumps(record, indent=1))
