// The wasm backend of jax-js as a contender: node bench/peers/jax.mjs --net lite --batch 32. One jitted
// function is the whole step: forward, backward and Adam. jax-js counts references: passing an array gives it
// away, `.ref` keeps it.
import { forward } from '../lib/interpret.mjs';
import { ADAM, load, problem, serveSteps } from './js-stepper.mjs';

const {
  blockUntilReady,
  defaultDevice,
  init,
  jit,
  lax,
  nn,
  numpy: np,
  tree,
  valueAndGrad,
} = load('@jax-js/jax');
const { network, parameters, batch, images, targets } = problem();
await init('wasm');
defaultDevice('wasm');

/** jax-js convolutions use NCHW and OIHW. */
function toJax({ kind, shape, data }) {
  const array = np.array(data);
  if (kind === 'depthwise') {
    const [k, , channels] = shape;
    return np.transpose(array.reshape([k, k, channels, 1]), [2, 3, 0, 1]);
  }
  if (kind !== 'conv') return array.reshape([...shape]);
  const [inputs, outputs] = shape.slice(-2);
  const k = shape.length === 2 ? 1 : shape[0];
  return np.transpose(array.reshape([k, k, inputs, outputs]), [3, 2, 0, 1]);
}

const ACTIVATIONS = {
  relu: nn.relu,
  sigmoid: nn.sigmoid,
  silu: nn.silu,
  'hard-sigmoid': nn.hardSigmoid,
  'hard-swish': nn.hardSilu,
};

/** Each learned array is used once per step, and so given away. */
const operations = (learned) => ({
  share: (a) => a.ref,
  conv: ({ name, kernel, stride, depthwise }, a) => {
    const pad = (kernel - 1) / 2;
    const around = [
      [pad, pad],
      [pad, pad],
    ];
    const options = depthwise ? { featureGroupCount: a.shape[1] } : {};
    return lax.convGeneralDilated(a, learned[`${name}.weight`], [stride, stride], around, options);
  },
  norm: ({ name, epsilon }, a) => {
    const [weight, bias] = ['weight', 'bias'].map((part) =>
      learned[`${name}.${part}`].reshape([1, -1, 1, 1]),
    );
    const average = (values) => np.mean(values, [0, 2, 3], { keepdims: true });
    const centred = a.ref.sub(average(a));
    const deviation = np.sqrt(average(np.square(centred.ref)).add(epsilon));
    return centred.mul(weight.div(deviation)).add(bias);
  },
  activation: (fn, a) => ACTIVATIONS[fn](a),
  pool: (a) => np.mean(a, [2, 3]),
  dense: (name, a) => np.matmul(a, learned[`${name}.weight`]).add(learned[`${name}.bias`]),
  add: (a, b) => a.add(b),
  scale: (a, gates) => a.mul(gates.reshape([batch, -1, 1, 1])),
});

const lossOf = valueAndGrad((learned, x, y) =>
  np.mean(np.square(forward(network.layers, x, operations(learned)).sub(y))),
);
const { beta1, beta2, epsilon, learningRate } = ADAM;
const step = jit((learned, means, squares, rate, correction, x, y) => {
  const [loss, gradients] = lossOf(tree.ref(learned), x, y);
  const m = tree.map((old, g) => old.mul(beta1).add(g.mul(1 - beta1)), means, tree.ref(gradients));
  const v = tree.map((old, g) => old.mul(beta2).add(np.square(g).mul(1 - beta2)), squares, gradients);
  const moved = tree.map(
    (w, a, b) => w.sub(a.mul(rate.ref).div(np.sqrt(b.mul(correction.ref)).add(epsilon))),
    learned,
    tree.ref(m),
    tree.ref(v),
  );
  rate.dispose();
  correction.dispose();
  return [loss, moved, m, v];
});

let learned = Object.fromEntries(parameters.map((one) => [one.name, toJax(one)]));
const zeros = () => tree.map((w) => np.zeros(w.shape), learned);
let means = zeros();
let squares = zeros();
const x = np.transpose(np.array(images).reshape([batch, network.size, network.size, 3]), [0, 3, 1, 2]);
const y = np.array(targets).reshape([batch, network.outputs]);
let count = 0;
await serveSteps(batch, async () => {
  count++;
  const rate = np.array(learningRate / (1 - beta1 ** count));
  const correction = np.array(1 / (1 - beta2 ** count));
  const [loss, ...rest] = step(learned, means, squares, rate, correction, x.ref, y.ref);
  [learned, means, squares] = rest;
  await blockUntilReady(rest);
  return loss.js();
});
