/** The poster's figure 1: the architecture, drawn from the network's description in run.json. */
import type { RunFile } from '../crossval/run-file.js';
import { architectureFigure, buildNetwork } from '../nn/index.js';
import { UsageError } from '../util/errors.js';

/** The network's SVG; null if this version does not know the network's name. */
export function figure1(run: RunFile, outputs: number): string | null {
  const { net, width, depth, size, dropout } = run.config;
  try {
    return architectureFigure(
      buildNetwork(net, {
        outputs,
        size,
        width,
        depth,
        dropout: typeof dropout === 'number' ? dropout : undefined,
      }),
    );
  } catch (error) {
    if (error instanceof UsageError) return null;
    throw error;
  }
}
