/** `lexel model`: describes a network's layers, shapes and costs, draws it (figure 1 of the poster), and packs models. */

import { existsSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { Command } from 'commander';
import { DATA_CHOICES, openDataset } from '../data/index.js';
import { type BackendChoice, roofline } from '../engine/index.js';
import { architectureFigure, buildNetwork, describe, layerTable, type Network } from '../nn/index.js';
import { calibrateModel, findModel, openModel } from '../search/index.js';
import { saveModel } from '../train/index.js';
import { UsageError } from '../util/errors.js';
import { rooflineText } from './roofline.js';
import { look, print, printJson } from './terminal.js';
import { backendOption, jsonOption, real, whole } from './values.js';
import { warn } from './word-vectors.js';
import { checkFigureName, writeFigure } from './write-figure.js';

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
    .description('show layers, output shapes, parameters and multiply-adds')
    .argument(
      '<net>',
      'micronet, efficientnet-b0, efficientnet-b0:s1, lite, or a model file or run directory',
    )
    .option('--outputs <n>', 'number of outputs', whole(1), 100)
    .option('--size <pixels>', 'height and width of the images', whole(8), 32)
    .option('--width <factor>', 'channel multiplier', real(0, 16, false), 1)
    .option('--depth <factor>', 'block multiplier', real(0, 16, false), 1)
    .option('--figure <file>', 'write the architecture figure: an .svg or a .png file')
    .option(
      '--roofline',
      'measure each operation of a training step and compare it with the limits of the machine',
    )
    .option('--batch <n>', 'with --roofline: images per step', whole(1), 128)
    .option('--threads <n>', 'with --roofline: threads per step', whole(1), 1)
    .addOption(backendOption('with --roofline: compute backend', 'auto'))
    .addOption(jsonOption())
    .action(async (net: string, flags: DescribeFlags) => {
      const network: Network = existsSync(net)
        ? openModel(net, { onWarning: warn }).model.network
        : buildNetwork(net, flags);
      if (flags.figure) checkFigureName('--figure', flags.figure);
      if (flags.roofline) {
        const measured = await roofline(network, flags);
        if (flags.json) printJson(measured);
        else print(rooflineText(measured));
      } else {
        if (flags.json) printJson(layerTable(network));
        else print(describe(network, look()));
      }
      if (flags.figure) {
        await writeFigure(flags.figure, architectureFigure(network));
        if (!flags.json) print(`\nThe figure is in ${flags.figure}`);
      }
    });
}

interface PackFlags {
  out: string;
  half?: boolean;
  calibrate?: string;
  dataDir?: string;
  json?: boolean;
}

function packCommand(): Command {
  return new Command('pack')
    .description('copy a trained model out of its run, as one self-contained file')
    .argument('<model>', 'a run directory with one trained fold, or a model file')
    .requiredOption('--out <file>', 'output file, such as model.safetensors')
    .option('--half', 'store weights as float16: half the size, the same answers up to rounding')
    .option(
      '--calibrate <set>',
      `calibrate the familiarity of images with the data set that the model was trained on: ${DATA_CHOICES}, or a folder (default: the calibration of the model)`,
    )
    .option('--data-dir <dir>', 'with --calibrate: directory that is searched first for data sets')
    .addOption(jsonOption())
    .action(async (from: string, { out, half, calibrate, dataDir, json }: PackFlags) => {
      if (!/\.safetensors$/i.test(out))
        throw new UsageError(`--out ${out}: the name of a model file must end with .safetensors`);
      const file = findModel(from);
      if (resolve(out) === resolve(file)) throw new UsageError(`--out ${out} is the model itself`);
      const { model } = openModel(file, { onWarning: warn });
      const { seed } = model.training;
      const images = { dataDir, seed, size: model.network.size };
      const packed =
        calibrate === undefined ? model : await calibrateModel(model, await openDataset(calibrate, images));
      saveModel(out, packed, { half });
      const { network, labels, heldOut } = packed;
      const { size: bytes } = statSync(out);
      if (json) return printJson({ file: out, bytes, network: network.name, labels, heldOut });
      const unseen = heldOut.length > 0 ? `, ${heldOut.length} of them unseen` : '';
      print(
        `${network.name} for ${labels.length} labels${unseen}: ${(bytes / 1024).toFixed(0)} KiB in ${out}`,
      );
    });
}
