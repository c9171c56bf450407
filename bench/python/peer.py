"""Shared by the Python peers of `npm run bench`: command-line arguments, a network's JSON, and the protocol.

Writes one JSON object per line to standard output. First {"ready": true, ...} with the version, threads, mode
and the matrix product's GFLOP/s; then one result per run: {"steps", "step_ms": [...], "median_ms",
"images_per_second" (of the median), "loss", "peak_rss" (bytes), "version", "threads", "mode", "batch",
"network"}. With --serve a run starts when "run N" is read, so that a driver can alternate between peers;
"matmul" measures the matrix product again; "quit" or the end of input ends the process. If the framework or
mode cannot run here, it prints {"error": ...} and exits with code 3.
"""

import argparse
import json
import pathlib
import resource
import statistics
import subprocess
import sys
import time

# The same constants for every framework.
ADAMW = {"learning_rate": 1e-3, "weight_decay": 0.01}


class CannotRun(Exception):
    """This framework, or the chosen mode, cannot run on this machine."""


def arguments(doc, modes):
    parser = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--network", help='JSON file of a network; "-": one line of standard input')
    parser.add_argument("--net", default="micronet", help="name of one of Lexel's networks (default micronet)")
    parser.add_argument("--outputs", type=int, default=100, help="with --net (default 100)")
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--steps", type=int, default=10, help="measured steps, without --serve (default 10)")
    parser.add_argument("--warmup", type=int, default=2, help="steps before the first line (default 2)")
    parser.add_argument("--mode", choices=modes, default=modes[0])
    parser.add_argument("--serve", action="store_true", help='wait for "run N" on standard input')
    parser.add_argument("--matmul", action="store_true", help="only print the version and the matrix product's GFLOP/s")
    return parser


def load(args):
    if args.network == "-":
        return json.loads(sys.stdin.readline())
    if args.network:
        return json.loads(pathlib.Path(args.network).read_text())
    script = pathlib.Path(__file__).with_name("dump-network.mjs")
    return json.loads(subprocess.run(["node", str(script), args.net, str(args.outputs)], check=True, capture_output=True).stdout)


def say(result):
    print(json.dumps(result), flush=True)


def gflops(n, product, repeats=8):
    """Best of several runs: what this process reaches in a float32 product of n x n matrices."""
    product()
    best = float("inf")
    for _ in range(repeats):
        start = time.perf_counter()
        product()
        best = min(best, time.perf_counter() - start)
    return round(2 * n**3 / best / 1e9, 1)


def run(bench, args, about, steps):
    times, loss = [], 0.0
    for _ in range(steps):
        start = time.perf_counter()
        loss = bench.step()
        times.append((time.perf_counter() - start) * 1e3)
    median = statistics.median(times)
    return {
        "steps": steps,
        "step_ms": [round(t, 3) for t in times],
        "median_ms": round(median, 3),
        "images_per_second": round(args.batch / median * 1e3, 1),
        "loss": loss,
        "peak_rss": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        **about,
    }


def main(args, version, make_bench, matmul_gflops):
    """`make_bench(network)` returns an object with step() -> loss, `parameters` and `optimizer`, or raises
    CannotRun.
    """
    if args.matmul:
        say({"version": version, "threads": args.threads, "matmul_gflops": matmul_gflops()})
        return 0
    network = load(args)
    about = {"version": version, "threads": args.threads, "mode": args.mode, "batch": args.batch, "network": network["name"]}
    try:
        bench = make_bench(network)
        for _ in range(args.warmup):
            bench.step()
    except CannotRun as error:
        say({"error": str(error)})
        return 3
    say({"ready": True, **about, "parameters": bench.parameters, "optimizer": bench.optimizer, "matmul_gflops": matmul_gflops()})
    if not args.serve:
        say(run(bench, args, about, args.steps))
        return 0
    for line in sys.stdin:
        words = line.split()
        if words[:1] == ["run"] and len(words) == 2 and words[1].isdigit() and int(words[1]) > 0:
            say(run(bench, args, about, int(words[1])))
        elif words == ["matmul"]:
            say({"matmul_gflops": matmul_gflops()})
        elif words == ["quit"]:
            break
        elif words:
            say({"error": f"unknown command: {line.strip()}; expected run N, matmul or quit"})
    return 0
