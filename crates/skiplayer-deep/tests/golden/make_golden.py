"""Outputs, gradients, running statistics and training steps of tiny networks, computed by PyTorch in double precision.

    python make_golden.py > golden.json          (torch 2.15, numpy)

Weights and inputs are not stored: both sides compute them from names with `values`, by integers alone. The networks are written
here once more, from the papers, with the functions of PyTorch.
"""

import json
import math

import numpy as np
import torch
import torch.nn.functional as F

torch.set_default_dtype(torch.float64)
N, CLASSES = 4, 4


def values(name, n):
    """n numbers from -1/2 to 1/2: SplitMix64 of the FNV-1a hash of the name plus 0, 1, ..."""
    h = 0xCBF29CE484222325
    for byte in name.encode():
        h = ((h ^ byte) * 0x100000001B3) % 2**64
    with np.errstate(over="ignore"):
        z = (np.uint64(h) + np.arange(n, dtype=np.uint64) + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z = z ^ (z >> np.uint64(31))
    # Single precision, as the other side holds them.
    return torch.tensor(((z >> np.uint64(40)).astype(np.float32) / np.float32(2**24) - np.float32(0.5)).astype(np.float64))


class Net:
    """Named parameters that come into being where they are used first."""

    def __init__(self):
        self.parameters, self.statistics, self.training = {}, {}, False

    def get(self, name, shape):
        if name not in self.parameters:
            raw = values(name, math.prod(shape)).reshape(shape)
            if len(shape) > 1:
                # Sized like He's, so that signals neither vanish nor explode.
                raw = (raw.float() * np.float32(math.sqrt(12 / math.prod(shape[1:])))).double()
            elif name.endswith("weight"):
                raw = raw + 1
            self.parameters[name] = raw.requires_grad_()
        return self.parameters[name]

    def conv(self, name, x, out, kernel=3, stride=1, bias=False):
        weight = self.get(name + ".weight", (out, x.shape[1], kernel, kernel))
        shift = self.get(name + ".bias", (out,)) if bias else None
        return F.conv2d(x, weight, shift, stride=stride, padding=kernel // 2)

    def bn(self, name, x):
        c = x.shape[1]
        weight, bias = self.get(name + ".weight", (c,)), self.get(name + ".bias", (c,))
        if name not in self.statistics:
            mean, var = values(name + ".running_mean", c), values(name + ".running_var", c) + 1
            self.statistics[name] = (mean.clone(), var.clone())
        mean, var = self.statistics[name]
        return F.batch_norm(x, mean, var, weight, bias, self.training)

    def linear(self, name, x, out):
        return F.linear(x, self.get(name + ".weight", (out, x.shape[1])), self.get(name + ".bias", (out,)))

    def head(self, x, name="fc"):
        return self.linear(name, F.adaptive_avg_pool2d(x, 1).flatten(1), CLASSES)


def option_a(x, stride, out):
    x = x[:, :, ::stride, ::stride]
    return torch.cat([x, torch.zeros(x.shape[0], out - x.shape[1], *x.shape[2:])], 1)


def cifar(net, x, skip, option="a"):
    """Post-activation, one block a stage."""
    x = F.relu(net.bn("bn1", net.conv("conv1", x, 16)))
    for stage, width in enumerate([16, 32, 64]):
        p, stride = f"layer{stage + 1}.0", 1 + (stage > 0)
        y = F.relu(net.bn(p + ".bn1", net.conv(p + ".conv1", x, width, stride=stride)))
        y = net.bn(p + ".bn2", net.conv(p + ".conv2", y, width))
        if skip and option == "b" and stride == 2:
            y = y + net.bn(p + ".downsample.1", net.conv(p + ".downsample.0", x, width, kernel=1, stride=2))
        elif skip:
            y = y + option_a(x, stride, width)
        x = F.relu(y)
    return net.head(x)


def bottleneck(net, x, stride_in_3x3):
    x = F.relu(net.bn("bn1", net.conv("conv1", x, 16)))
    for stage, width in enumerate([16, 32, 64]):
        p, stride = f"layer{stage + 1}.0", 1 + (stage > 0)
        first, second = (1, stride) if stride_in_3x3 else (stride, 1)
        y = F.relu(net.bn(p + ".bn1", net.conv(p + ".conv1", x, width, kernel=1, stride=first)))
        y = F.relu(net.bn(p + ".bn2", net.conv(p + ".conv2", y, width, stride=second)))
        y = net.bn(p + ".bn3", net.conv(p + ".conv3", y, 4 * width, kernel=1))
        x = F.relu(y + option_a(x, stride, 4 * width))
    return net.head(x)


def preact(net, x, unit, k=1, blocks=1):
    x = net.conv("conv1", x, 16)
    for stage, width in enumerate([16 * k, 32 * k, 64 * k]):
        for b in range(blocks):
            p, stride = f"layer{stage + 1}.{b}", 1 + (stage > 0 and b == 0)
            out = width * (4 if unit == "bottleneck" else 1)
            changes = stride == 2 or x.shape[1] != out
            active = F.relu(net.bn(p + ".bn1", x))
            if unit == "bottleneck":
                y = F.relu(net.bn(p + ".bn2", net.conv(p + ".conv1", active, width, kernel=1, stride=stride)))
                y = F.relu(net.bn(p + ".bn3", net.conv(p + ".conv2", y, width)))
                y = net.conv(p + ".conv3", y, out, kernel=1)
            else:
                y = F.relu(net.bn(p + ".bn2", net.conv(p + ".conv1", active, width, stride=stride)))
                y = net.conv(p + ".conv2", y, out)
            # The very first block shares its activation even where the shape stays.
            source = active if changes or (stage == 0 and b == 0) else x
            if not changes:
                x = source + y
            elif unit == "basic" and k == 1:
                x = option_a(source, stride, out) + y
            else:
                x = net.conv(p + ".downsample.0", source, out, kernel=1, stride=stride) + y
    return net.head(F.relu(net.bn("bn", x)))


def dense(net, x, growth, layers, bc):
    x = net.conv("features.conv0", x, 2 * growth if bc else 16)
    for block in range(3):
        for layer in range(layers):
            p = f"features.denseblock{block + 1}.denselayer{layer + 1}"
            y = F.relu(net.bn(p + ".norm1", x))
            if bc:
                y = F.relu(net.bn(p + ".norm2", net.conv(p + ".conv1", y, 4 * growth, kernel=1)))
                y = net.conv(p + ".conv2", y, growth)
            else:
                y = net.conv(p + ".conv1", y, growth)
            x = torch.cat([x, y], 1)
        if block < 2:
            p = f"features.transition{block + 1}"
            out = x.shape[1] // 2 if bc else x.shape[1]
            x = F.avg_pool2d(net.conv(p + ".conv", F.relu(net.bn(p + ".norm", x)), out, kernel=1), 2)
    return net.head(F.relu(net.bn("features.norm4", x)), "classifier")


def highway(net, x, layers):
    x = F.relu(net.conv("conv1", x, 16, bias=True))
    for stage, width in enumerate([16, 32, 64]):
        for b in range(layers):
            p = f"layer{stage + 1}.{b}"
            if stage > 0 and b == 0:
                x = F.relu(net.conv(p + ".conv", x, width, stride=2, bias=True))
                continue
            h = F.relu(net.conv(p + ".conv", x, width, bias=True))
            t = torch.sigmoid(net.conv(p + ".gate", x, width, bias=True))
            x = t * h + (1 - t) * x
    return net.head(x)


def rezero(net, x):
    x = net.conv("conv1", x, 16, bias=True)
    for stage, width in enumerate([16, 32, 64]):
        p, stride = f"layer{stage + 1}.0", 1 + (stage > 0)
        y = net.conv(p + ".conv1", F.relu(x), width, stride=stride, bias=True)
        y = net.conv(p + ".conv2", F.relu(y), width, bias=True)
        x = option_a(x, stride, width) + y * net.get(p + ".alpha", (1,))
    return net.head(F.relu(x))


def fixup(net, x):
    x = F.relu(net.conv("conv1", x, 16) + net.get("bias1", (1,)))
    for stage, width in enumerate([16, 32, 64]):
        p, stride = f"layer{stage + 1}.0", 1 + (stage > 0)
        y = net.conv(p + ".conv1", x + net.get(p + ".bias1a", (1,)), width, stride=stride)
        y = F.relu(y + net.get(p + ".bias1b", (1,)))
        y = net.conv(p + ".conv2", y + net.get(p + ".bias2a", (1,)), width)
        y = y * net.get(p + ".scale", (1,)) + net.get(p + ".bias2b", (1,))
        x = F.relu(option_a(x, stride, width) + y)
    x = F.adaptive_avg_pool2d(x, 1).flatten(1) + net.get("bias2", (1,))
    return net.linear("fc", x, CLASSES)


def unet(net, x, levels, width, level=0):
    def twice(name, x, width):
        for i in (1, 2):
            x = F.relu(net.bn(f"{name}.bn{i}", net.conv(f"{name}.conv{i}", x, width)))
        return x

    p = f"level{level + 1}"
    e = twice(p + ".down", x, width)
    y = F.max_pool2d(e, 2)
    y = unet(net, y, levels, 2 * width, level + 1) if level + 1 < levels else twice(p + ".bottom", y, 2 * width)
    weight, bias = net.get(p + ".up.weight", (2 * width, width, 2, 2)), net.get(p + ".up.bias", (width,))
    y = F.conv_transpose2d(y, weight, bias, stride=2)
    y = twice(p + ".join", torch.cat([e, y], 1), width)
    return net.conv("head", y, CLASSES, kernel=1, bias=True) if level == 0 else y


def perceptron(net, x, skip, width=8):
    x = net.linear("fc1", x.flatten(1), width)
    y = F.relu(net.linear("blocks.0.fc1", net.bn("blocks.0.bn", x), width))
    y = net.linear("blocks.0.fc2", y, width)
    x = x + y if skip else y
    return net.linear("fc2", F.relu(net.bn("bn", x)), CLASSES)


IMAGE = (3, 8, 8)
NETWORKS = {
    "plain-8": (IMAGE, lambda net, x: cifar(net, x, False)),
    "resnet-8": (IMAGE, lambda net, x: cifar(net, x, True)),
    "resnet-8-b": (IMAGE, lambda net, x: cifar(net, x, True, "b")),
    "resnet-11-bottleneck": (IMAGE, lambda net, x: bottleneck(net, x, False)),
    "resnet-11-bottleneck-v1.5": (IMAGE, lambda net, x: bottleneck(net, x, True)),
    "preact-14": (IMAGE, lambda net, x: preact(net, x, "basic", blocks=2)),
    "preact-11-bottleneck": (IMAGE, lambda net, x: preact(net, x, "bottleneck")),
    "wrn-10-2": (IMAGE, lambda net, x: preact(net, x, "basic", k=2)),
    "densenet-10-4": (IMAGE, lambda net, x: dense(net, x, 4, 2, False)),
    "densenet-bc-16-4": (IMAGE, lambda net, x: dense(net, x, 4, 2, True)),
    "highway-8": (IMAGE, lambda net, x: highway(net, x, 2)),
    "rezero-8": (IMAGE, rezero),
    "fixup-8": (IMAGE, fixup),
    "unet-2-4": (IMAGE, lambda net, x: unet(net, x, 2, 4)),
    "mlp-4-8": ((5, 1, 1), lambda net, x: perceptron(net, x, False)),
    "resmlp-4-8": ((5, 1, 1), lambda net, x: perceptron(net, x, True)),
}


def digest(name, tensor):
    """Length, and the product with a fixed vector: enough to tell any two tensors apart."""
    flat = tensor.detach().flatten()
    return [round_digits(flat.norm().item()), round_digits((flat @ values(name + ".probe", len(flat))).item())]


def round_digits(x):
    return float(f"{x:.9g}")


def statistics(net):
    return {
        f"{name}.{kind}": digest(f"{name}.{kind}", tensor)
        for name, pair in sorted(net.statistics.items())
        for kind, tensor in zip(("running_mean", "running_var"), pair)
    }


def single_pass(shape, build):
    net = Net()
    x = values("input", N * math.prod(shape)).reshape(N, *shape) * 4
    evaluated = build(net, x)
    net.training = True
    trained = build(net, x)
    (trained.flatten() @ values("probe", trained.numel())).backward()
    return {
        "input": list(shape),
        "evaluation": [round_digits(v) for v in evaluated.flatten()[:16].tolist()],
        "training": [round_digits(v) for v in trained.flatten()[:16].tolist()],
        "gradients": {name: digest(name, p.grad) for name, p in sorted(net.parameters.items())},
        "statistics": statistics(net),
    }


def some_steps(method, n_steps=10):
    """A resnet-8 after steps on other images each; the learning rate drops after five."""
    net, build = Net(), NETWORKS["resnet-8"][1]
    image = lambda t: values(f"step{t}", N * math.prod(IMAGE)).reshape(N, *IMAGE) * 4
    build(net, image(0))
    parameters = list(net.parameters.values())
    sgd = dict(lr=0.05, momentum=0.9, weight_decay=1e-2)
    if method in ("sgd", "nesterov"):
        optimizer = torch.optim.SGD(parameters, nesterov=method == "nesterov", **sgd)
    elif method == "adamw":
        optimizer = torch.optim.AdamW(parameters, lr=2e-3, weight_decay=1e-2)
    velocity = [torch.zeros_like(p) for p in parameters]
    rate = 0.05
    net.training = True
    losses = []
    for t in range(n_steps):
        if t == 5:
            rate /= 10
            if method != "paper":
                for group in optimizer.param_groups:
                    group["lr"] /= 10
        labels = torch.tensor([(t + 3 * i) % CLASSES for i in range(N)])
        loss = F.cross_entropy(build(net, image(t)), labels, label_smoothing=0.1)
        losses.append(round_digits(loss.item()))
        gradients = torch.autograd.grad(loss, parameters)
        with torch.no_grad():
            if method == "paper":
                # Caffe: the learning rate is inside the velocity; weights of layers only are decayed.
                for (name, p), v, g in zip(net.parameters.items(), velocity, gradients):
                    decay = 1e-2 if p.dim() > 1 else 0.0
                    v.mul_(0.9).sub_(rate * (g + decay * p))
                    p.add_(v)
            else:
                for p, g in zip(parameters, gradients):
                    p.grad = g
                optimizer.step()
    return {
        "losses": losses,
        "parameters": {name: digest(name, p) for name, p in sorted(net.parameters.items())},
        "statistics": statistics(net),
    }


def losses_of_maps():
    """Cross-entropy of maps of 3 x 5 with pixels that are ignored, and its gradient."""
    outputs = (values("maps", N * CLASSES * 15).reshape(N, CLASSES, 3, 5) * 4).requires_grad_()
    masks = torch.tensor([(i * i + i // 7) % (CLASSES + 1) for i in range(N * 15)]).reshape(N, 3, 5)
    masks[masks == CLASSES] = -100
    found = {}
    for smoothing in (0.0, 0.1):
        loss = F.cross_entropy(outputs, masks, ignore_index=-100, label_smoothing=smoothing)
        (gradient,) = torch.autograd.grad(loss, outputs)
        found[str(smoothing)] = {"loss": round_digits(loss.item()), "gradient": digest("gradient", gradient)}
    return found


if __name__ == "__main__":
    torch.manual_seed(0)
    record = {
        "torch": torch.__version__,
        "networks": {name: single_pass(*spec) for name, spec in NETWORKS.items()},
        "steps": {method: some_steps(method) for method in ("sgd", "nesterov", "paper", "adamw")},
        "curve": some_steps("sgd", 50)["losses"],
        "maps": losses_of_maps(),
    }
    print(json.dumps(record, separators=(",", ":")))
