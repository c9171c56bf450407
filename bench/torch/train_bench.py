"""PyTorch's training throughput on the CPU: the peer of `npm run bench`.

    python3 bench/torch/train_bench.py --net micronet --batch 128 --threads 2 --steps 10
    python3 bench/torch/train_bench.py --network net.json --mode compile --serve

Builds any of Lexel's networks from its JSON (--network FILE, "-" for standard input; --net NAME asks Lexel for it,
after `npm run build`), and runs whole training steps on made-up uint8 images: normalise, forward, MSE, backward,
update. PyTorch gets what makes it fast: channels-last, inplace activations, fused optimizers where there are any,
flushed denormals, one batch kept at hand.

One JSON object a line on standard output. First {"ready": true, ...} with the version, threads, mode and the
matrix product's GFLOP/s; then one result a run: {"steps", "step_ms": [...], "median_ms", "images_per_second" (of the
median), "loss", "peak_rss" (bytes), "version", "threads", "mode", "batch", "network"}. With --serve a run starts when "run N" is read,
so that a driver can alternate peers; "matmul" measures the matrix product again; "quit" or the end of input ends.
What cannot run here (torch.compile before PyTorch 2.0 or without a C++ compiler) prints {"error": ...} and exits
with 3.
"""

import argparse
import json
import pathlib
import resource
import statistics
import subprocess
import sys
import time

import torch
import torch.nn.functional as F
from torch import nn

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
    """A list of layers as one module, and the channels that it gives."""
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
            raise SystemExit(f"train_bench.py: layer type {kind!r} is unknown")
    return nn.Sequential(*modules), channels


def make_optimizer(net, kind):
    """Fused where this PyTorch has it for the CPU, else over lists, else plain."""
    make, options = {
        "sgd": (torch.optim.SGD, {"lr": 0.02, "momentum": 0.9, "nesterov": True, "weight_decay": 1e-5}),
        "adamw": (torch.optim.AdamW, {"lr": 1e-3, "weight_decay": 0.01}),
    }[kind]
    for extra in ({"fused": True}, {"foreach": True}, {}):
        try:
            return make(net.parameters(), **options, **extra), next(iter(extra), "plain")
        except (TypeError, RuntimeError):
            continue
    raise SystemExit("train_bench.py: no optimizer")


class Bench:
    def __init__(self, network, args):
        self.args, self.name = args, network["name"]
        net, outputs = build(network["layers"], 3)
        net = net.to(memory_format=torch.channels_last).train()
        self.parameters = sum(p.numel() for p in net.parameters())
        self.optimizer, self.optimizer_mode = make_optimizer(net, args.optimizer)
        size = network["size"]
        self.pixels = torch.randint(0, 256, (args.batch, size, size, 3), dtype=torch.uint8)
        self.target = torch.randn(args.batch, outputs) * 0.5

        def loss(pixels, target):
            # The view of NHWC bytes as NCHW is already channels-last, and stays so.
            x = (pixels.permute(0, 3, 1, 2).float() - 127.5) * (1 / 63.75)
            return F.mse_loss(net(x), target)

        if args.mode == "bf16":
            self.loss = torch.autocast("cpu", dtype=torch.bfloat16)(loss)
        else:
            self.loss = torch.compile(loss) if args.mode == "compile" else loss

    def step(self):
        loss = self.loss(self.pixels, self.target)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        self.optimizer.step()
        return loss.item()

    def run(self, steps):
        times, loss = [], 0.0
        for _ in range(steps):
            start = time.perf_counter()
            loss = self.step()
            times.append((time.perf_counter() - start) * 1e3)
        median = statistics.median(times)
        return {
            "steps": steps,
            "step_ms": [round(t, 3) for t in times],
            "median_ms": round(median, 3),
            "images_per_second": round(self.args.batch / median * 1e3, 1),
            "loss": loss,
            "peak_rss": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
            **self.describe(),
        }

    def describe(self):
        a = self.args
        return {"version": torch.__version__, "threads": a.threads, "mode": a.mode, "batch": a.batch, "network": self.name}


def matmul_gflops(n=1024, repeats=8):
    """Best of a few: what the same process reaches in a plain float32 matrix product."""
    a, b = torch.randn(n, n), torch.randn(n, n)
    out = torch.empty(n, n)
    torch.mm(a, b, out=out)
    best = float("inf")
    for _ in range(repeats):
        start = time.perf_counter()
        torch.mm(a, b, out=out)
        best = min(best, time.perf_counter() - start)
    return round(2 * n**3 / best / 1e9, 1)


def load(args):
    if args.network == "-":
        return json.loads(sys.stdin.readline())
    if args.network:
        return json.loads(pathlib.Path(args.network).read_text())
    script = pathlib.Path(__file__).with_name("dump-network.mjs")
    return json.loads(subprocess.run(["node", str(script), args.net, str(args.outputs)], check=True, capture_output=True).stdout)


def say(result):
    print(json.dumps(result), flush=True)


def serve(bench):
    for line in sys.stdin:
        words = line.split()
        if words[:1] == ["run"] and len(words) == 2 and words[1].isdigit() and int(words[1]) > 0:
            say(bench.run(int(words[1])))
        elif words == ["matmul"]:
            say({"matmul_gflops": matmul_gflops()})
        elif words == ["quit"]:
            return
        elif words:
            say({"error": f"not understood: {line.strip()}; say run N, matmul or quit"})


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--network", help='JSON file of a network; "-": one line of standard input')
    parser.add_argument("--net", default="micronet", help="name of one of Lexel's networks (default micronet)")
    parser.add_argument("--outputs", type=int, default=100, help="with --net (default 100)")
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--steps", type=int, default=10, help="measured steps, without --serve (default 10)")
    parser.add_argument("--warmup", type=int, default=2, help="steps before the first line (default 2)")
    parser.add_argument("--mode", choices=["eager", "compile", "bf16"], default="eager", help="bf16: eager under autocast to bfloat16")
    parser.add_argument("--compile", action="store_const", const="compile", dest="mode", help="same as --mode compile")
    parser.add_argument("--optimizer", choices=["sgd", "adamw"], default="sgd")
    parser.add_argument("--serve", action="store_true", help='wait for "run N" on standard input')
    parser.add_argument("--matmul", action="store_true", help="only say the version and the matrix product's GFLOP/s")
    args = parser.parse_args()

    torch.manual_seed(0)
    torch.set_num_threads(args.threads)
    torch.set_num_interop_threads(1)
    torch.set_flush_denormal(True)
    if args.matmul:
        say({"version": torch.__version__, "threads": args.threads, "matmul_gflops": matmul_gflops()})
        return 0
    if args.mode == "compile" and not hasattr(torch, "compile"):
        say({"error": f"PyTorch {torch.__version__} has no torch.compile"})
        return 3
    bench = Bench(load(args), args)
    try:
        for _ in range(args.warmup):
            bench.step()
    except Exception as error:  # torch.compile raises many kinds: no compiler, no headers, an unsupported graph
        if args.mode != "compile":
            raise
        say({"error": f"torch.compile: {type(error).__name__}: {str(error).strip().splitlines()[0][:200]}"})
        return 3
    say({
        "ready": True, **bench.describe(), "parameters": bench.parameters, "optimizer": f"{args.optimizer} {bench.optimizer_mode}",
        "matmul_gflops": matmul_gflops(),
    })
    if args.serve:
        serve(bench)
    else:
        say(bench.run(args.steps))
    return 0


if __name__ == "__main__":
    sys.exit(main())
