/** `lexel model describe`: a network's layers, shapes and costs, and its picture (figure 1 of the poster). */

import { existsSync, writeFileSync } from 'node:fs';
import { Command } from 'commander';
import { architectureFigure, buildNetwork, describe, type Network } from '../nn/index.js';
import { openModel } from '../search/index.js';
import { real, whole } from './values.js';

interface DescribeFlags {
  outputs: number;
  size: number;
  width: number;
  depth: number;
  figure?: string;
}

export function modelCommand(): Command {
  const model = new Command('model').description('look into networks');
  model.addCommand(
    new Command('describe')
      .description('layers, output shapes, parameters and multiply-adds')
      .argument(
        '<net>',
        'micronet, efficientnet-b0, efficientnet-b0:s1, lite, or a model file or run directory',
      )
      .option('--outputs <n>', 'width of the output', whole(1), 100)
      .option('--size <pixels>', 'height and width of the images', whole(8), 32)
      .option('--width <factor>', 'channel multiplier', real(0, 16, false), 1)
      .option('--depth <factor>', 'block multiplier', real(0, 16, false), 1)
      .option('--figure <file.svg>', 'write the architecture figure')
      .action((net: string, flags: DescribeFlags) => {
        const network: Network = existsSync(net) ? openModel(net).network : buildNetwork(net, flags);
        console.log(describe(network));
        if (flags.figure) {
          writeFileSync(flags.figure, architectureFigure(network));
          console.log(`\nThe figure is in ${flags.figure}`);
        }
      }),
  );
  return model;
}
