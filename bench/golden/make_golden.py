"""Golden numbers for the engine: one and ten training steps of MicroNet and EfficientNet-B0 in PyTorch, float64.

    python3 bench/golden/make_golden.py          # writes test/golden/*.json (PyTorch >= 1.13 and numpy)
    python3 bench/golden/make_golden.py --check  # also prints the error of PyTorch's own float32

Both sides compute the same weights, images and targets from one integer formula, here and in
test/golden/formula.ts, which also documents the JSON. The networks are defined here independently, from the
design's table and not from src/nn, so that mistakes there are detected. All output uses Lexel's layout.
"""

import argparse
import json
import math
import pathlib

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

OUT = pathlib.Path(__file__).resolve().parents[2] / "test" / "golden"
OUTPUTS, SIZE, BATCH, STEPS, SAMPLES = 50, 32, 16, 10, 4

# ---- the formula (twin of test/golden/formula.ts) -------------------------------------------------


def fnv1a(text):
    """32-bit FNV-1a of an ASCII string: the id of a stream."""
    value = 0x811C9DC5
    for byte in text.encode("ascii"):
        value = ((value ^ byte) * 0x01000193) & 0xFFFFFFFF
    return value


def mix(stream, index):
    """A 32-bit hash of (stream, index), on numpy uint32 arrays; overflow is intended."""
    with np.errstate(over="ignore"):
        x = index.astype(np.uint32) * np.uint32(0x9E3779B1) + np.uint32(fnv1a(stream))
        x ^= x >> np.uint32(16)
        x *= np.uint32(0x85EBCA6B)
        x ^= x >> np.uint32(13)
        x *= np.uint32(0xC2B2AE35)
        x ^= x >> np.uint32(16)
    return x


def unit(stream, count, first=0):
    """`count` numbers in [-1, 1), multiples of 2**-23, so that neither side rounds."""
    bits = mix(stream, np.arange(first, first + count, dtype=np.uint32))
    return (bits >> np.uint32(8)).astype(np.float64) / 2**23 - 1


def parameter(name, shape, fan_in):
    """The initial value of one array, in Lexel's layout, rounded to float32."""
    values = unit(name, int(np.prod(shape)))
    if name.endswith("norm.weight"):
        values = 1 + 0.2 * values
    elif name.endswith("norm.bias"):
        values = 0.2 * values
    elif name.endswith(".bias"):
        values = 0.1 * values
    elif name.endswith("conv.weight"):
        values = math.sqrt(6 / fan_in) * values
    else:
        values = math.sqrt(3 / fan_in) * values
    return values.astype(np.float32).reshape(shape)


def images(step):
    """uint8 [batch, size, size, 3]: for each image and channel a base level, 8 x 8 blocks, and noise."""
    n, y, x, c = np.indices((BATCH, SIZE, SIZE, 3), dtype=np.uint32)
    n = n + np.uint32(step * BATCH)
    blocks = SIZE // 8
    level = mix("level", n * np.uint32(3) + c) >> np.uint32(25)
    block = ((n * np.uint32(blocks) + y // 8) * np.uint32(blocks) + x // 8) * np.uint32(3) + c
    noise = ((n * np.uint32(SIZE) + y) * np.uint32(SIZE) + x) * np.uint32(3) + c
    return (level + (mix("block", block) >> np.uint32(26)) + (mix("noise", noise) >> np.uint32(26))).astype(np.uint8)


def targets(step):
    """float32 [batch, outputs], uniform in [-1.2, 1.2)."""
    values = 1.2 * unit("target", BATCH * OUTPUTS, step * BATCH * OUTPUTS)
    return values.astype(np.float32).reshape(BATCH, OUTPUTS)


# ---- the networks, from the design's table --------------------------------------------------------


class Norm(nn.Module):
    """Batch norm with bias-corrected running statistics.

    e_t = (1 - m) e_{t-1} + m s_t from e_0 = 0, running_t = e_t / (1 - (1 - m)^t); s_t is the batch's mean, or its
    variance over n - 1. Before the first step: 0 and 1.
    """

    def __init__(self, channels, eps, momentum):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))
        self.eps, self.momentum, self.steps = eps, momentum, 0
        self.register_buffer("raw_mean", torch.zeros(channels))
        self.register_buffer("raw_var", torch.zeros(channels))

    def running(self):
        if self.steps == 0:
            return torch.zeros_like(self.raw_mean), torch.ones_like(self.raw_var)
        weight = 1 - (1 - self.momentum) ** self.steps
        return self.raw_mean / weight, self.raw_var / weight

    def forward(self, x):
        if not self.training:
            return F.batch_norm(x, *self.running(), self.weight, self.bias, False, 0.0, self.eps)
        with torch.no_grad():
            self.steps += 1
            for raw, value in ((self.raw_mean, x.mean((0, 2, 3))), (self.raw_var, x.var((0, 2, 3), unbiased=True))):
                raw.mul_(1 - self.momentum).add_(value, alpha=self.momentum)
        return F.batch_norm(x, None, None, self.weight, self.bias, True, 0.0, self.eps)


class Unit(nn.Module):
    """Convolution, norm, activation."""

    def __init__(self, cin, cout, kernel, stride, groups, act, norm):
        super().__init__()
        self.conv = nn.Conv2d(cin, cout, kernel, stride, kernel // 2, groups=groups, bias=False)
        self.norm = Norm(cout, *norm)
        self.act = act

    def forward(self, x):
        x = self.norm(self.conv(x))
        return self.act(x) if self.act else x


class Squeeze(nn.Module):
    def __init__(self, channels, hidden, act):
        super().__init__()
        self.fc1, self.fc2, self.act = nn.Linear(channels, hidden), nn.Linear(hidden, channels), act

    def forward(self, x):
        gate = torch.sigmoid(self.fc2(self.act(self.fc1(x.mean((2, 3))))))
        return x * gate[:, :, None, None]


class MicroBlock(nn.Module):
    """Expansion 3, depthwise 3x3, projection, squeeze-excite on the projection, then the residual (stride 1
    only).
    """

    def __init__(self, cin, cout, stride, norm):
        super().__init__()
        act = F.hardswish
        self.expand = Unit(cin, 3 * cin, 1, 1, 1, act, norm)
        self.depthwise = Unit(3 * cin, 3 * cin, 3, stride, 3 * cin, act, norm)
        self.project = Unit(3 * cin, cout, 1, 1, 1, None, norm)
        self.squeeze = Squeeze(cout, cout // 4, act)
        self.stride = stride
        if stride == 1 and cin != cout:
            self.shortcut = Unit(cin, cout, 1, 1, 1, None, norm)

    def forward(self, x):
        y = self.squeeze(self.project(self.depthwise(self.expand(x))))
        if self.stride == 2:
            return y
        return y + (self.shortcut(x) if hasattr(self, "shortcut") else x)


class MicroNet(nn.Module):
    def __init__(self, outputs):
        super().__init__()
        norm = (1e-5, 0.01)
        self.stem = Unit(3, 32, 3, 1, 1, F.hardswish, norm)
        rows = [(16, 2, 1), (32, 1, 2), (32, 1, 1), (48, 3, 1), (72, 1, 2), (72, 4, 1), (80, 1, 2), (88, 2, 1), (106, 1, 1)]
        blocks, cin = [], 32
        for cout, repeats, stride in rows:
            for i in range(repeats):
                blocks.append(MicroBlock(cin, cout, stride if i == 0 else 1, norm))
                cin = cout
        self.blocks = nn.ModuleList(blocks)
        self.output = nn.Linear(cin, outputs)

    def forward(self, x):
        x = self.stem(x)
        for block in self.blocks:
            x = block(x)
        return self.output(x.mean((2, 3)))


class MBConv(nn.Module):
    """Expansion, depthwise, squeeze-excite of a quarter of the block's input channels, projection; residual if
    shapes agree.
    """

    def __init__(self, expansion, cin, cout, kernel, stride, norm):
        super().__init__()
        wide = expansion * cin
        if expansion > 1:
            self.expand = Unit(cin, wide, 1, 1, 1, F.silu, norm)
        self.depthwise = Unit(wide, wide, kernel, stride, wide, F.silu, norm)
        self.squeeze = Squeeze(wide, cin // 4, F.silu)
        self.project = Unit(wide, cout, 1, 1, 1, None, norm)
        self.sum = stride == 1 and cin == cout

    def forward(self, x):
        y = self.expand(x) if hasattr(self, "expand") else x
        y = self.project(self.squeeze(self.depthwise(y)))
        return x + y if self.sum else y


class EfficientNetB0(nn.Module):
    def __init__(self, outputs):
        super().__init__()
        norm = (1e-3, 0.01)
        self.stem = Unit(3, 32, 3, 2, 1, F.silu, norm)
        rows = [(1, 16, 1, 1, 3), (6, 24, 2, 2, 3), (6, 40, 2, 2, 5), (6, 80, 3, 2, 3), (6, 112, 3, 1, 5), (6, 192, 4, 2, 5), (6, 320, 1, 1, 3)]
        blocks, cin = [], 32
        for expansion, cout, repeats, stride, kernel in rows:
            for i in range(repeats):
                blocks.append(MBConv(expansion, cin, cout, kernel, stride if i == 0 else 1, norm))
                cin = cout
        self.blocks = nn.ModuleList(blocks)
        self.head = Unit(cin, 1280, 1, 1, 1, F.silu, norm)
        self.output = nn.Linear(1280, outputs)

    def forward(self, x):
        x = self.stem(x)
        for block in self.blocks:
            x = block(x)
        return self.output(self.head(x).mean((2, 3)))


# ---- between the two layouts ----------------------------------------------------------------------


def to_lexel(tensor):
    """Converts PyTorch's [out, in, k, k] or [out, in] to Lexel's [k, k, in, out], [in, out] or, depthwise, [k,
    k, channels].
    """
    if tensor.dim() == 4:
        if tensor.shape[1] == 1 and tensor.shape[0] > 1:
            return tensor[:, 0].permute(1, 2, 0)
        return tensor[:, :, 0, 0].t() if tensor.shape[2] == 1 else tensor.permute(2, 3, 1, 0)
    return tensor.t() if tensor.dim() == 2 else tensor


def start(net):
    """Fills the network with the values of the formula."""
    sizes = dict(net.named_parameters())
    with torch.no_grad():
        for name, tensor in sizes.items():
            view = to_lexel(tensor)
            weight = sizes.get(name.replace(".bias", ".weight"), tensor)
            fan_in = int(np.prod(weight.shape[1:])) if weight.dim() > 1 else 1
            view.copy_(torch.from_numpy(parameter(name, tuple(view.shape), fan_in)))


def state(net):
    """Every parameter and running statistic, flat, with Lexel's layout and names."""
    arrays = {name: to_lexel(p.detach()).contiguous().flatten().double().clone() for name, p in net.named_parameters()}
    for name, module in net.named_modules():
        if isinstance(module, Norm):
            mean, var = module.running()
            arrays[f"{name}.running_mean"], arrays[f"{name}.running_var"] = mean.double().clone(), var.double().clone()
    return arrays


def weighted(values):
    """Sum of the elements, each times 1 + its index modulo 7, so that a wrong order is detected too."""
    values = values.reshape(-1).astype(np.float64)
    return float(f"{(values * (1 + np.arange(len(values)) % 7)).sum():.10g}")


def formula_check(before):
    """Check sums on which the formulas of both sides must agree before training."""
    return {
        "images": [weighted(images(0)), weighted(images(STEPS - 1))],
        "targets": [weighted(targets(0)), weighted(targets(STEPS - 1))],
        "weights": {name: weighted(values.numpy()) for name, values in before.items() if ".running_" not in name},
    }


def summary(before, after):
    """For each array: sum, L2 norm, L2 norm of the change since the start, and evenly spaced elements."""
    result = {}
    for name, values in after.items():
        at = [(i * len(values)) // SAMPLES for i in range(min(SAMPLES, len(values)))]
        numbers = [values.sum(), values.norm(), (values - before[name]).norm(), *values[at]]
        result[name] = [float(f"{float(v):.8g}") for v in numbers]
    return result


# ---- training -------------------------------------------------------------------------------------

# Learning rates small enough that ten steps do not amplify float32 rounding beyond the tolerance of 1e-2.
OPTIMIZERS = {
    "sgd": {"learningRate": 0.002, "momentum": 0.9, "weightDecay": 1e-4},
    # A large epsilon. Otherwise, arrays whose true gradient is zero (a bias that the next batch norm removes)
    # would change by the sign of rounding errors.
    "adamw": {"learningRate": 3e-4, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-3, "weightDecay": 0.01},
}
NETS = {"micronet": (MicroNet, 464_918), "efficientnet-b0": (EfficientNetB0, 4_135_648)}


def optimizer(net, kind):
    """Applies weight decay to weights only, not to biases or batch norm."""
    o = OPTIMIZERS[kind]
    named = list(net.named_parameters())
    groups = [
        {"params": [p for n, p in named if p.dim() > 1], "weight_decay": o["weightDecay"]},
        {"params": [p for n, p in named if p.dim() == 1], "weight_decay": 0.0},
    ]
    if kind == "sgd":
        return torch.optim.SGD(groups, lr=o["learningRate"], momentum=o["momentum"], nesterov=True)
    return torch.optim.AdamW(groups, lr=o["learningRate"], betas=(o["beta1"], o["beta2"]), eps=o["epsilon"])


def tensor_images(step, dtype):
    pixels = torch.from_numpy(images(step)).to(dtype)
    return ((pixels / 255 - 0.5) / 0.25).permute(0, 3, 1, 2)


def train(name, kind, dtype):
    build, _ = NETS[name]
    net = build(OUTPUTS).to(dtype)
    start(net)
    before = state(net)

    def predict():
        net.eval()
        with torch.no_grad():
            out = net(tensor_images(0, dtype)).double().flatten().tolist()
        net.train()
        return [float(f"{v:.8g}") for v in out]

    result = {"formula": formula_check(before), "predictedAtStart": predict(), "losses": []}
    opt = optimizer(net, kind)
    for step in range(STEPS):
        loss = F.mse_loss(net(tensor_images(step, dtype)), torch.from_numpy(targets(step)).to(dtype))
        opt.zero_grad()
        loss.backward()
        opt.step()
        result["losses"].append(float(f"{loss.item():.10g}"))
        if step == 0:
            result["afterOne"] = summary(before, state(net))
    result["afterTen"] = summary(before, state(net))
    result["predictedAtEnd"] = predict()
    return result


def worst(golden, other, key):
    """Largest relative error over the arrays: of sampled elements relative to the array's scale, and of the norm
    of the change.
    """
    values, changes = ("", 0.0), ("", 0.0)
    for name, g in golden[key].items():
        o = other[key][name]
        scale = max(abs(v) for v in g[3:])
        values = max(values, (name, max(abs(a - b) for a, b in zip(g[3:], o[3:])) / scale), key=lambda v: v[1])
        changes = max(changes, (name, abs(g[2] - o[2]) / max(g[2], 1e-3 * g[1])), key=lambda v: v[1])
    return values, changes


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="compare PyTorch's float32 with its float64")
    args = parser.parse_args()
    OUT.mkdir(parents=True, exist_ok=True)
    for name, (build, published) in NETS.items():
        count = sum(p.numel() for p in build(100).parameters())
        assert count == published, f"{name}: {count} parameters, not the published {published}"
        for kind in OPTIMIZERS:
            golden = train(name, kind, torch.float64)
            head = {
                "network": name, "outputs": OUTPUTS, "size": SIZE, "batch": BATCH, "dropout": 0, "mean": 0.5, "std": 0.25,
                "loss": "mse", "optimizer": kind, **OPTIMIZERS[kind], "torch": torch.__version__,
            }
            file = OUT / f"{name}-{kind}.json"
            lines = [f'"{k}": {json.dumps(v)}' for k, v in {**head, **golden}.items()]
            file.write_text("{\n" + ",\n".join(lines).replace('], "', '],\n"') + "\n}\n")
            print(f"{file.name}: {file.stat().st_size} bytes, losses {golden['losses'][0]:.4f} .. {golden['losses'][-1]:.4f}")
            if args.check:
                single = train(name, kind, torch.float32)
                losses = [abs(a - b) / a for a, b in zip(golden["losses"], single["losses"])]
                print("  float32: loss", f"{losses[0]:.1e} .. {losses[-1]:.1e}")
                for key in ("afterOne", "afterTen"):
                    print("  float32:", key, *(f"{n} {e:.1e};" for n, e in worst(golden, single, key)))
                for key in ("predictedAtStart", "predictedAtEnd"):
                    g, s = np.array(golden[key]), np.array(single[key])
                    print("  float32:", key, f"{np.abs(g - s).max() / np.abs(g).max():.1e}", "scale", f"{np.abs(g).max():.3g}")


if __name__ == "__main__":
    main()
