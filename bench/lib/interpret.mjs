// Runs a Lexel network with another library: this file walks the layers, and the caller provides the
// operations.

/**
 * @param ops the library's operations: share(x) (a second use of x), conv(layer, x), norm(layer, x),
 * activation(fn, x), pool(x) to [batch, features], dense(name, x), add(a, b), scale(x, gates). Dropout is
 * skipped.
 */
export function forward(layers, x, ops) {
  return layers.reduce((input, layer) => step(layer, input, ops), x);
}

function step(layer, x, ops) {
  switch (layer.type) {
    case 'conv':
      return ops.conv(layer, x);
    case 'batch-norm':
      return ops.norm(layer, x);
    case 'activation':
      return ops.activation(layer.fn, x);
    case 'global-average-pool':
      return ops.pool(x);
    case 'linear':
      return ops.dense(layer.name, x);
    case 'residual': {
      const body = forward(layer.body, ops.share(x), ops);
      return ops.add(body, forward(layer.shortcut, x, ops));
    }
    case 'squeeze-excite': {
      const hidden = ops.activation(layer.activation, ops.dense(`${layer.name}.fc1`, ops.pool(ops.share(x))));
      return ops.scale(x, ops.activation(layer.gate, ops.dense(`${layer.name}.fc2`, hidden)));
    }
    case 'dropout':
      return x;
    default:
      throw new Error(`no layer ${layer.type} here`);
  }
}
