"""PyTorch's training throughput on the CPU: the peer of `npm run bench`.

    python3 bench/python/torch_peer.py --net micronet --batch 128 --threads 2 --steps 10
    python3 bench/python/torch_peer.py --network net.json --mode compile --serve

Builds any of Lexel's networks from its JSON (--network FILE, "-" for standard input; --net NAME asks Lexel for it,
after `npm run build`), and runs whole training steps on made-up uint8 images: normalise, forward, MSE, backward,
update. PyTorch gets what makes it fast: channels-last, inplace activations, fused optimizers where there are any,
flushed denormals, one batch kept at hand. Mode bf16 is eager under autocast to bfloat16. What it prints: peer.py.
"""

import sys

import torch
import torch.nn.functional as F
from torch import nn

import peer

ACTIVATIONS = {
    "relu": lambda: nn.ReLU(inplace=True),
    "silu": lambda: nn.SiLU(inplace=True),
    "hard-swish": lambda: nn.Hardswish(inplace=True),
    "sigmoid": nn.Sigmoid,
    "hard-sigmoid": nn.Hardsigmoid,
}


class SqueezeExcite(nn.Module):
    def __init__(self, channels, layer):
        super().__init__()
        self.fc1 = nn.Conv2d(channels, layer["hidden"], 1)
        self.act = ACTIVATIONS[layer["activation"]]()
        self.fc2 = nn.Conv2d(layer["hidden"], channels, 1)
        self.gate = ACTIVATIONS[layer["gate"]]()

    def forward(self, x):
        return x * self.gate(self.fc2(self.act(self.fc1(F.adaptive_avg_pool2d(x, 1)))))


class Residual(nn.Module):
    def __init__(self, body, shortcut):
        super().__init__()
        self.body, self.shortcut = body, shortcut

    def forward(self, x):
        return self.body(x) + self.shortcut(x)


class Pool(nn.Module):
    def forward(self, x):
        return torch.flatten(F.adaptive_avg_pool2d(x, 1), 1)


def build(layers, channels):
    """Builds a list of layers as one module; also returns the number of its output channels."""
    modules = []
    for layer in layers:
        kind = layer["type"]
        if kind == "conv":
            k, groups = layer["kernel"], channels if layer["depthwise"] else 1
            modules.append(nn.Conv2d(channels, layer["out"], k, layer["stride"], k // 2, groups=groups, bias=False))
            channels = layer["out"]
        elif kind == "batch-norm":
            modules.append(nn.BatchNorm2d(channels, layer["epsilon"], layer["momentum"]))
        elif kind == "activation":
            modules.append(ACTIVATIONS[layer["fn"]]())
        elif kind == "squeeze-excite":
            modules.append(SqueezeExcite(channels, layer))
        elif kind == "residual":
            body, after = build(layer["body"], channels)
            shortcut, _ = build(layer["shortcut"], channels)
            modules.append(Residual(body, shortcut))
            channels = after
        elif kind == "global-average-pool":
            modules.append(Pool())
        elif kind == "dropout":
            modules.append(nn.Dropout(layer["rate"]))
        elif kind == "linear":
            modules.append(nn.Linear(channels, layer["out"]))
            channels = layer["out"]
        else:
            raise SystemExit(f"layer type {kind!r} is unknown")
    return nn.Sequential(*modules), channels


def make_optimizer(net, kind):
    """Prefers a fused optimizer if this PyTorch has it for the CPU, else a foreach one, else the plain one.
    """
    make, options = {
        "sgd": (torch.optim.SGD, {"lr": 0.02, "momentum": 0.9, "nesterov": True, "weight_decay": 1e-5}),
        "adamw": (torch.optim.AdamW, {"lr": peer.ADAMW["learning_rate"], "weight_decay": peer.ADAMW["weight_decay"]}),
    }[kind]
    for extra in ({"fused": True}, {"foreach": True}, {}):
        try:
            return make(net.parameters(), **options, **extra), next(iter(extra), "plain")
        except (TypeError, RuntimeError):
            continue
    raise SystemExit("no optimizer")


class Bench:
    def __init__(self, network, args):
        self.args = args
        net, outputs = build(network["layers"], 3)
        net = net.to(memory_format=torch.channels_last).train()
        self.parameters = sum(p.numel() for p in net.parameters())
        self.updates, kind = make_optimizer(net, args.optimizer)
        self.optimizer = f"{args.optimizer} {kind}"
        size = network["size"]
        self.pixels = torch.randint(0, 256, (args.batch, size, size, 3), dtype=torch.uint8)
        self.target = torch.randn(args.batch, outputs) * 0.5

        def loss(pixels, target):
            # NHWC bytes viewed as NCHW are already in channels-last layout.
            x = (pixels.permute(0, 3, 1, 2).float() - 127.5) * (1 / 63.75)
            return F.mse_loss(net(x), target)

        if args.mode == "bf16":
            self.loss = torch.autocast("cpu", dtype=torch.bfloat16)(loss)
        else:
            self.loss = torch.compile(loss) if args.mode == "compile" else loss

    def step(self):
        loss = self.loss(self.pixels, self.target)
        self.updates.zero_grad(set_to_none=True)
        loss.backward()
        self.updates.step()
        return loss.item()


def matmul_gflops(n=1024):
    a, b = torch.randn(n, n), torch.randn(n, n)
    out = torch.empty(n, n)
    return peer.gflops(n, lambda: torch.mm(a, b, out=out))


def make_bench(network, args):
    if args.mode != "compile":
        return Bench(network, args)
    if not hasattr(torch, "compile"):
        raise peer.CannotRun(f"PyTorch {torch.__version__} has no torch.compile")
    bench = Bench(network, args)
    try:
        bench.step()
    except Exception as error:  # many causes: no compiler, no headers, an unsupported graph
        raise peer.CannotRun(f"torch.compile: {type(error).__name__}: {str(error).strip().splitlines()[0][:200]}") from error
    return bench


def main():
    parser = peer.arguments(__doc__, ["eager", "compile", "bf16"])
    parser.add_argument("--optimizer", choices=["sgd", "adamw"], default="adamw")
    args = parser.parse_args()
    torch.manual_seed(0)
    torch.set_num_threads(args.threads)
    torch.set_num_interop_threads(1)
    torch.set_flush_denormal(True)
    return peer.main(args, torch.__version__, lambda network: make_bench(network, args), matmul_gflops)


if __name__ == "__main__":
    sys.exit(main())
