// What two runs of the same experiment have in common, bit for bit, and what must not remain of them.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { foldFiles, readRun, readRunFile } from '../../dist/crossval/run-file.js';

/**
 * Content of a run directory: the outputs and model of every fold, the targets, the metrics in the logs (without times), and run.json (without
 * date and command).
 */
export function runContent(run) {
  const { folds } = readRun(run);
  const epochs = folds.map(({ epochs: lines }) => lines.map(({ seconds: _, ...line }) => line));
  const { created: _c, command: _d, ...config } = readRunFile(run);
  const text = (value) => Buffer.from(JSON.stringify(value));
  const content = new Map([
    ['targets', readFileSync(join(run, 'targets.npy'))],
    ['epochs', text(epochs)],
    ['run.json', text(config)],
  ]);
  for (const { id } of folds) {
    const { outputs, model } = foldFiles(run, id);
    content.set(`${id} outputs`, readFileSync(outputs)).set(`${id} model`, readFileSync(model));
  }
  return content;
}

/** Files that must not remain after a finished run: temporary files, locks, checkpoints. */
export function leftOver(dir) {
  const all = readdirSync(dir, { recursive: true }).map(String);
  return all.filter((name) => /\.(tmp|lock|part)$|\.checkpoint\./.test(name));
}
