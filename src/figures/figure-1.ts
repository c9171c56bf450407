/** The poster's figure 1: the architecture, drawn from what run.json says of the network. */
import type { RunFile } from '../crossval/run-file.js';
import { architectureFigure, buildNetwork } from '../nn/index.js';
import { UsageError } from '../util/errors.js';

/** The network's image; null for a network of a later or an earlier version, whose name is not known here. */
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
