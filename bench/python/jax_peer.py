"""JAX's training throughput on the CPU. Recorded beside torch_peer.py; no target depends on it.

Builds any of Lexel's networks from its JSON in plain JAX. jax.jit compiles a whole training step (normalise,
forward, MSE, backward, AdamW) to one XLA program that updates its state in place (donated buffers). Layout
NHWC; the same batch is reused. peer.py describes the output.
"""

import os
import sys

import peer

args = peer.arguments(__doc__, ["jit"]).parse_args()
# XLA reads this variable when it starts.
if args.threads == 1:
    os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1 " + os.environ.get("XLA_FLAGS", "")
os.environ["JAX_PLATFORMS"] = "cpu"

import jax  # noqa: E402
import jax.numpy as jnp  # noqa: E402

ACTIVATIONS = {
    "relu": jax.nn.relu,
    "silu": jax.nn.silu,
    "hard-swish": jax.nn.hard_swish,
    "sigmoid": jax.nn.sigmoid,
    "hard-sigmoid": jax.nn.hard_sigmoid,
}


class Builder:
    """Creates layers as functions (parameters, x, random key) -> x; the parameters are one flat list.

    Batch norm normalises with the batch's statistics. A step returns them, so that running statistics could
    be kept.
    """

    def __init__(self):
        self.parameters = []
        self.running = []
        self.key = jax.random.PRNGKey(0)

    def weight(self, shape, scale):
        self.key, key = jax.random.split(self.key)
        self.parameters.append(jax.random.normal(key, shape, jnp.float32) * scale)
        return len(self.parameters) - 1

    def constant(self, shape, value):
        self.parameters.append(jnp.full(shape, value, jnp.float32))
        return len(self.parameters) - 1

    def conv(self, channels, out, k, stride, groups):
        w = self.weight((k, k, channels // groups, out), (2 / (k * k * out)) ** 0.5)
        pad = [(k // 2, k // 2)] * 2

        def apply(p, x, stats, key):
            return jax.lax.conv_general_dilated(
                x, p[w], (stride, stride), pad, dimension_numbers=("NHWC", "HWIO", "NHWC"), feature_group_count=groups
            )

        return apply

    def norm(self, channels, epsilon):
        scale, shift = self.constant((channels,), 1.0), self.constant((channels,), 0.0)
        self.running += [jnp.zeros(channels), jnp.ones(channels)]

        def apply(p, x, stats, key):
            mean = x.mean((0, 1, 2))
            variance = jnp.square(x - mean).mean((0, 1, 2))
            stats += [mean, variance]
            return (x - mean) * (jax.lax.rsqrt(variance + epsilon) * p[scale]) + p[shift]

        return apply

    def dense(self, channels, out):
        w, b = self.weight((channels, out), 0.01), self.constant((out,), 0.0)
        return lambda p, x, stats, key: x @ p[w] + p[b]

    def squeeze(self, channels, layer):
        first, second = self.dense(channels, layer["hidden"]), self.dense(layer["hidden"], channels)
        act, gate = ACTIVATIONS[layer["activation"]], ACTIVATIONS[layer["gate"]]

        def apply(p, x, stats, key):
            s = gate(second(p, act(first(p, x.mean((1, 2)), stats, key)), stats, key))
            return x * s[:, None, None, :]

        return apply

    def layers(self, layers, channels):
        made = []
        for layer in layers:
            kind = layer["type"]
            if kind == "conv":
                made.append(self.conv(channels, layer["out"], layer["kernel"], layer["stride"], channels if layer["depthwise"] else 1))
                channels = layer["out"]
            elif kind == "batch-norm":
                made.append(self.norm(channels, layer["epsilon"]))
            elif kind == "activation":
                fn = ACTIVATIONS[layer["fn"]]
                made.append(lambda p, x, stats, key, fn=fn: fn(x))
            elif kind == "squeeze-excite":
                made.append(self.squeeze(channels, layer))
            elif kind == "residual":
                body, after = self.layers(layer["body"], channels)
                shortcut, _ = self.layers(layer["shortcut"], channels)
                made.append(lambda p, x, stats, key, b=body, s=shortcut: b(p, x, stats, key) + s(p, x, stats, key))
                channels = after
            elif kind == "global-average-pool":
                made.append(lambda p, x, stats, key: x.mean((1, 2)))
            elif kind == "dropout":
                keep = 1 - layer["rate"]
                made.append(lambda p, x, stats, key, keep=keep: jnp.where(jax.random.bernoulli(key, keep, x.shape), x / keep, 0))
            elif kind == "linear":
                made.append(self.dense(channels, layer["out"]))
                channels = layer["out"]
            else:
                raise SystemExit(f"layer type {kind!r} is unknown")

        def apply(p, x, stats, key):
            for f in made:
                x = f(p, x, stats, key)
            return x

        return apply, channels


class Bench:
    optimizer = "adamw"

    def __init__(self, network):
        builder = Builder()
        apply, outputs = builder.layers(network["layers"], 3)
        self.parameters = sum(p.size for p in builder.parameters)
        key = jax.random.PRNGKey(1)
        size = network["size"]
        self.pixels = jax.random.randint(key, (args.batch, size, size, 3), 0, 256).astype(jnp.uint8)
        self.target = jax.random.normal(key, (args.batch, outputs)) * 0.5
        rate, decay, momentum = peer.ADAMW["learning_rate"], peer.ADAMW["weight_decay"], 0.1

        def loss(parameters, pixels, target, key):
            stats = []
            x = (pixels.astype(jnp.float32) - 127.5) * (1 / 63.75)
            return jnp.square(apply(parameters, x, stats, key) - target).mean(), stats

        def step(state, pixels, target):
            parameters, first, second, running, t = state
            (value, stats), gradient = jax.value_and_grad(loss, has_aux=True)(parameters, pixels, target, jax.random.fold_in(key, t))
            t = t + 1
            first = [0.9 * m + 0.1 * g for m, g in zip(first, gradient)]
            second = [0.999 * v + 0.001 * g * g for v, g in zip(second, gradient)]
            a, b = 1 - 0.9**t, 1 - 0.999**t
            parameters = [
                p - rate * (m / a / (jnp.sqrt(v / b) + 1e-8) + decay * p) for p, m, v in zip(parameters, first, second)
            ]
            running = [r + momentum * (s - r) for r, s in zip(running, stats)]
            return (parameters, first, second, running, t), value

        self.run = jax.jit(step, donate_argnums=0)
        zeros = lambda: [jnp.zeros_like(p) for p in builder.parameters]  # noqa: E731
        self.state = (builder.parameters, zeros(), zeros(), builder.running, jnp.float32(0))

    def step(self):
        self.state, value = self.run(self.state, self.pixels, self.target)
        return float(value)


def matmul_gflops(n=1024):
    a, b = jax.random.normal(jax.random.PRNGKey(0), (n, n)), jax.random.normal(jax.random.PRNGKey(1), (n, n))
    product = jax.jit(jnp.matmul)
    return peer.gflops(n, lambda: product(a, b).block_until_ready())


if __name__ == "__main__":
    sys.exit(peer.main(args, jax.__version__, Bench, matmul_gflops))
