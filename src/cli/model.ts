/** `lexel model`: a network's layers, shapes and costs with its figure (figure 1 of the poster); packing a model. */

import { existsSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { Command } from 'commander';
import { type BackendChoice, roofline } from '../engine/index.js';
import { writeFileAtomic } from '../formats/index.js';
import { architectureFigure, buildNetwork, describe, layerTable, type Network } from '../nn/index.js';
import { findModel, openModel } from '../search/index.js';
import { saveModel } from '../train/index.js';
import { UsageError } from '../util/errors.js';
import { rooflineText } from './roofline.js';
import { jsonText, print } from './terminal.js';
import { backendOption, real, whole } from './values.js';
import { warn } from './word-vectors.js';

interface DescribeFlags {
  outputs: number;
  size: number;
  width: number;
  depth: number;
  figure?: string;
  roofline?: boolean;
  batch: number;
  threads: number;
  backend: BackendChoice;
  json?: boolean;
}

export function modelCommand(command: Command): void {
  command.addCommand(describeCommand());
  command.addCommand(packCommand());
}

function describeCommand(): Command {
  return new Command('describe')
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
    .option('--roofline', 'measure a training step, operation by operation, against what the machine allows')
    .option('--batch <n>', 'with --roofline: images a step', whole(1), 128)
    .option('--threads <n>', 'with --roofline: threads inside a step', whole(1), 1)
    .addOption(backendOption('with --roofline: what computes', 'auto'))
    .option('--json', 'as JSON')
    .action(async (net: string, flags: DescribeFlags) => {
      const network: Network = existsSync(net)
        ? openModel(net, { onWarning: warn }).model.network
        : buildNetwork(net, flags);
      if (flags.roofline) {
        const measured = await roofline(network, flags);
        print(flags.json ? jsonText(measured) : rooflineText(measured));
      } else {
        print(flags.json ? jsonText(layerTable(network)) : describe(network));
      }
      if (flags.figure) {
        writeFileAtomic(flags.figure, [architectureFigure(network)]);
        if (!flags.json) print(`\nThe figure is in ${flags.figure}`);
      }
    });
}

function packCommand(): Command {
  return new Command('pack')
    .description('copy a trained model out of its run, as one file that needs nothing else')
    .argument('<model>', 'a run directory with one trained fold, or a model file')
    .requiredOption('--out <file>', 'such as model.safetensors')
    .option('--half', 'weights as float16: half the size, the same answers but for rounding')
    .action((from: string, { out, half }: { out: string; half?: boolean }) => {
      if (!/\.safetensors$/i.test(out)) throw new UsageError(`--out ${out}: models are called .safetensors`);
      const file = findModel(from);
      if (resolve(out) === resolve(file)) throw new UsageError(`--out ${out} is the model itself`);
      const packed = openModel(file, { onWarning: warn }).model;
      saveModel(out, packed, { half });
      const { network, labels, heldOut } = packed;
      const unseen = heldOut.length > 0 ? `, ${heldOut.length} of them never seen` : '';
      print(
        `${network.name} for ${labels.length} labels${unseen}: ${(statSync(out).size / 1024).toFixed(0)} KiB in ${out}`,
      );
    });
}
