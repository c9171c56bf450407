// TensorFlow.js as a contender: node bench/peers/tfjs.mjs --net lite --backend cpu|wasm --batch 32.
//
// Its wasm backend has no kernel for the weight gradient of a convolution (Conv2DBackpropFilter; for
// depthwise convolutions neither DepthwiseConv2dNativeBackpropFilter nor ...Input), so model.fit fails there.
// For dense convolutions, this file replaces it by one matrix product per tap, built from operations that the
// backend has. Networks with depthwise convolutions train only with the cpu backend.
import { dirname } from 'node:path';
import { forward } from '../lib/interpret.mjs';
import { ADAM, load, problem, serveSteps } from './js-stepper.mjs';

const tf = load('@tensorflow/tfjs');
const { backend, network, parameters, batch, images, targets } = problem();
if (backend === 'wasm') {
  const wasm = load('@tensorflow/tfjs-backend-wasm');
  wasm.setWasmPaths(`${dirname(load.resolve('@tensorflow/tfjs-backend-wasm'))}/`);
  wasm.setThreadsCount(1);
}
if (!(await tf.setBackend(backend))) throw new Error(`no backend ${backend}`);
await tf.ready();

const variables = new Map(
  parameters.map(({ name, kind, shape, data }) => {
    const whole =
      kind === 'depthwise'
        ? [...shape, 1]
        : kind === 'conv' && shape.length === 2
          ? [1, 1, ...shape]
          : [...shape];
    return [name, tf.variable(tf.tensor(data, whole))];
  }),
);
const x = tf.tensor(images, [batch, network.size, network.size, 3]);
const y = tf.tensor(targets, [batch, network.outputs]);

/**
 * d loss / d weights of a convolution: for each tap, its inputs (transposed) times the gradient of the
 * output.
 */
function filterGradient(input, gradient, [k, , inputs, outputs], stride, pad) {
  const [, height, width] = gradient.shape;
  const around = [pad, pad];
  const padded = tf.pad(input, [[0, 0], around, around, [0, 0]]);
  const rows = gradient.reshape([-1, outputs]);
  const taps = [];
  for (let dy = 0; dy < k; dy++) {
    for (let dx = 0; dx < k; dx++) {
      const end = [batch, dy + (height - 1) * stride + 1, dx + (width - 1) * stride + 1, inputs];
      const seen = tf.stridedSlice(padded, [0, dy, dx, 0], end, [1, stride, stride, 1]);
      taps.push(tf.matMul(seen.reshape([-1, inputs]).transpose(), rows));
    }
  }
  return tf.stack(taps).reshape([k, k, inputs, outputs]);
}

const assistedConv = (input, weights, stride, pad) =>
  tf.customGrad((a, w, save) => {
    save([a, w]);
    return {
      value: tf.conv2d(a, w, stride, pad),
      gradFunc: (gradient, [from, filter]) => [
        tf.conv2dTranspose(gradient, filter, from.shape, stride, pad),
        filterGradient(from, gradient, filter.shape, stride, pad),
      ],
    };
  })(input, weights);

const ACTIVATIONS = {
  relu: tf.relu,
  sigmoid: tf.sigmoid,
  silu: (a) => a.mul(a.sigmoid()),
  'hard-sigmoid': (a) => a.add(3).clipByValue(0, 6).div(6),
  'hard-swish': (a) => a.mul(a.add(3).clipByValue(0, 6).div(6)),
};

const ops = {
  share: (a) => a,
  conv: ({ name, kernel, stride, depthwise }, a) => {
    const weights = variables.get(`${name}.weight`);
    const pad = (kernel - 1) / 2;
    if (depthwise) return tf.depthwiseConv2d(a, weights, stride, pad);
    return backend === 'wasm' ? assistedConv(a, weights, stride, pad) : tf.conv2d(a, weights, stride, pad);
  },
  norm: ({ name, epsilon }, a) => {
    const { mean, variance } = tf.moments(a, [0, 1, 2]);
    const [weight, bias] = ['weight', 'bias'].map((part) => variables.get(`${name}.${part}`));
    return tf.batchNorm(a, mean, variance, bias, weight, epsilon);
  },
  activation: (fn, a) => ACTIVATIONS[fn](a),
  pool: (a) => a.mean([1, 2]),
  dense: (name, a) => a.matMul(variables.get(`${name}.weight`)).add(variables.get(`${name}.bias`)),
  add: (a, b) => a.add(b),
  scale: (a, gates) => a.mul(gates.reshape([batch, 1, 1, -1])),
};

const adam = tf.train.adam(ADAM.learningRate, ADAM.beta1, ADAM.beta2, ADAM.epsilon);
await serveSteps(batch, async () => {
  const loss = adam.minimize(() => forward(network.layers, x, ops).sub(y).square().mean(), true);
  const [value] = await loss.data();
  loss.dispose();
  return value;
});
