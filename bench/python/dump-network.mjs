// Prints a network as JSON for the Python peers: node bench/python/dump-network.mjs micronet 100 [size].
// Requires `npm run build`.
import { buildNetwork } from '../../dist/nn/index.js';

const [name = 'micronet', outputs = '100', size = '32'] = process.argv.slice(2);
console.log(JSON.stringify(buildNetwork(name, { outputs: Number(outputs), size: Number(size) })));
