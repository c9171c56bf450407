"""TensorFlow's training throughput on the CPU. Recorded beside torch_peer.py; no target depends on it.

Builds any of Lexel's networks from its JSON with Keras layers and runs whole training steps (normalise,
forward, MSE, backward, AdamW) as one tf.function, compiled by XLA with --mode xla. Layout NHWC; the same
batch is reused. Convolutions of stride 2 use TensorFlow's padding ("same"), which needs the same amount of
work. peer.py describes the output.
"""

import os
import sys

import peer

args = peer.arguments(__doc__, ["graph", "xla"]).parse_args()
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ["CUDA_VISIBLE_DEVICES"] = "-1"

import tensorflow as tf  # noqa: E402

tf.config.threading.set_intra_op_parallelism_threads(args.threads)
tf.config.threading.set_inter_op_parallelism_threads(1)
K = tf.keras.layers


def activation(name, x):
    return K.Activation({"hard-swish": "hard_silu", "hard-sigmoid": "hard_sigmoid"}.get(name, name))(x)


def build(layers, x):
    for layer in layers:
        kind = layer["type"]
        if kind == "conv" and layer["depthwise"]:
            x = K.DepthwiseConv2D(layer["kernel"], layer["stride"], "same", use_bias=False)(x)
        elif kind == "conv":
            x = K.Conv2D(layer["out"], layer["kernel"], layer["stride"], "same", use_bias=False)(x)
        elif kind == "batch-norm":
            x = K.BatchNormalization(momentum=1 - layer["momentum"], epsilon=layer["epsilon"])(x)
        elif kind == "activation":
            x = activation(layer["fn"], x)
        elif kind == "squeeze-excite":
            s = K.GlobalAveragePooling2D(keepdims=True)(x)
            s = activation(layer["activation"], K.Conv2D(layer["hidden"], 1)(s))
            x = K.Multiply()([x, activation(layer["gate"], K.Conv2D(x.shape[-1], 1)(s))])
        elif kind == "residual":
            x = K.Add()([build(layer["body"], x), build(layer["shortcut"], x)])
        elif kind == "global-average-pool":
            x = K.GlobalAveragePooling2D()(x)
        elif kind == "dropout":
            x = K.Dropout(layer["rate"])(x)
        elif kind == "linear":
            x = K.Dense(layer["out"])(x)
        else:
            raise SystemExit(f"layer type {kind!r} is unknown")
    return x


class Bench:
    optimizer = "adamw"

    def __init__(self, network):
        size = network["size"]
        inputs = tf.keras.Input((size, size, 3))
        model = tf.keras.Model(inputs, build(network["layers"], inputs))
        variables = model.trainable_variables
        self.parameters = sum(int(tf.size(v)) for v in variables)
        updates = tf.keras.optimizers.AdamW(**peer.ADAMW)
        updates.build(variables)
        pixels = tf.cast(tf.random.uniform((args.batch, size, size, 3), 0, 256, tf.int32), tf.uint8)
        target = tf.random.normal((args.batch, model.output_shape[-1])) * 0.5

        @tf.function(jit_compile=args.mode == "xla")
        def step(pixels, target):
            with tf.GradientTape() as tape:
                x = (tf.cast(pixels, tf.float32) - 127.5) * (1 / 63.75)
                loss = tf.reduce_mean(tf.square(model(x, training=True) - target))
            updates.apply(tape.gradient(loss, variables), variables)
            return loss

        self.run = lambda: step(pixels, target)

    def step(self):
        return float(self.run())


def matmul_gflops(n=1024):
    a, b = tf.random.normal((n, n)), tf.random.normal((n, n))
    return peer.gflops(n, lambda: tf.matmul(a, b).numpy())


if __name__ == "__main__":
    sys.exit(peer.main(args, tf.__version__, Bench, matmul_gflops))
