import { existsSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CheckpointState, StoredCheckpoint } from '../../src/train/checkpoint.js';
import {
  checkpointFiles,
  loadCheckpoint,
  removeCheckpoint,
  saveCheckpoint,
} from '../../src/train/checkpoint-file.js';
import { type FoldEvent, type FoldOptions, type FoldResult, trainFold } from '../../src/train/index.js';
import { unseal } from '../formats/unsealed.js';
import { tinyOptions, tinyWorld } from './tiny.js';

const dir = mkdtempSync(join(tmpdir(), 'lexel-checkpoint-'));
afterAll(() => rmSync(dir, { recursive: true }));

const options = tinyOptions(tinyWorld(), { ema: 0.9 });
let runs = 0;

/** A fold of three epochs, stopped in the third. */
async function stopped(): Promise<{ prefix: string; last: string; previous: string }> {
  const prefix = join(dir, `run-${runs++}`);
  let steps = 0;
  await trainFold({ ...options, checkpoint: prefix, onStep: () => steps++, stop: () => steps >= 9 });
  const [last, previous] = checkpointFiles(prefix);
  return { prefix, last, previous };
}

async function goneOn(prefix: string, more: Partial<FoldOptions> = {}) {
  const events: FoldEvent[] = [];
  const result = await trainFold({
    ...options,
    ...more,
    checkpoint: prefix,
    on: (event) => events.push(event),
  });
  const warnings = events.flatMap((event) => (event.type === 'warning' ? [event.message] : []));
  const resumed = events.flatMap((event) => (event.type === 'resume' ? [event.epoch] : []));
  return { bits: bits(result), warnings, resumed };
}

/** All results of a run. */
function bits(result: FoldResult): unknown {
  if (result.status !== 'finished') throw new Error('it was stopped');
  const { outputs, weights } = result;
  return { outputs, weights: Object.fromEntries(weights) };
}

/** Changes a checkpoint and updates its checksum. */
function edit(
  prefix: string,
  change: (checkpoint: StoredCheckpoint) => Partial<CheckpointState> | undefined,
) {
  const found = loadCheckpoint(prefix)!;
  const state = { ...found.state, ...change(found) };
  const [last, previous] = checkpointFiles(prefix);
  rmSync(last); // so that the previous one stays as it is
  expect(existsSync(previous)).toBe(true);
  saveCheckpoint(prefix, { ...found, state });
}

const poke = (file: string, at: number) => {
  const bytes = readFileSync(file);
  bytes[at < 0 ? bytes.length + at : at] ^= 1;
  writeFileSync(file, bytes);
};

describe('checkpoints', () => {
  let straight: unknown;
  beforeAll(async () => {
    straight = bits(await trainFold(options));
  });

  it('include the last and the previous one until the fold is finished', async () => {
    const { prefix, last, previous } = await stopped();
    expect(loadCheckpoint(prefix)?.state.epoch).toBe(2);
    expect(JSON.parse(readFileSync(`${prefix}.checkpoint.json`, 'utf8')).epoch).toBe(2);
    rmSync(last);
    const { warnings, resumed, bits: found } = await goneOn(prefix);
    expect(resumed).toEqual([1]);
    expect(warnings).toEqual([
      `${last} is missing, perhaps because a process ended while replacing it. ` +
        'Training resumes from the previous checkpoint, of epoch 1; the result is the same, bit for bit.',
    ]);
    expect(found).toEqual(straight);
    removeCheckpoint(prefix);
    expect([last, previous, `${prefix}.checkpoint.json`].filter((file) => existsSync(file))).toEqual([]);
  });

  const noNumber = (name: string, value: number) => (prefix: string) =>
    edit(prefix, ({ trainer, kept }) => {
      (trainer.get(name)?.data ?? kept.get(name)!)[1] = value;
      return undefined;
    });
  const state = (change: Partial<CheckpointState>) => (prefix: string) => edit(prefix, () => change);

  it.each<[string, (prefix: string, last: string) => void, string]>([
    ['a flipped bit of the data', (_, last) => poke(last, -1), 'its checksum does not match its content'],
    ['a flipped bit of the header', (_, last) => poke(last, 30), ''],
    ['cut off', (_, last) => truncateSync(last, 5000), ''],
    ['empty', (_, last) => truncateSync(last, 0), '0 bytes are too few for a safetensors file'],
    ['a NaN', noNumber('stem.conv.weight', Number.NaN), '"trainer.stem.conv.weight": number 1 is NaN'],
    ['an infinity', noNumber('optimizer.m.output.bias', Infinity), 'output.bias": number 1 is Infinity'],
    ['NaN outputs', noNumber('epoch1', Number.NaN), '"kept.epoch1": number 1 is NaN'],
    [
      'a negative variance',
      noNumber('body.norm.running_var', -1),
      '"trainer.body.norm.running_var": number 1 is -1, but a variance cannot be negative',
    ],
    [
      'a negative second moment',
      noNumber('optimizer.v.output.bias', -1),
      'number 1 is -1, but a variance cannot be negative',
    ],
    [
      'an epoch beyond the last',
      state({ epoch: 9 }),
      'state: ✖ its epoch is greater than its number of epochs',
    ],
    ['another epoch', state({ epoch: 3 }), 'counts 128 images at epoch 3 instead of 192'],
    ['another fold', state({ fold: 'three' }), 'has fold three instead of two'],
    ['another seed', state({ seed: 12 }), 'has seed 12 instead of 11'],
    ['another number of epochs', state({ epochs: 4 }), 'has epochs 4 instead of 3'],
    [
      'another step',
      (prefix) =>
        edit(prefix, ({ trainer }) => {
          trainer.get('optimizer.step')!.data[0] = 7;
          return undefined;
        }),
      'counts 7 steps at epoch 2 instead of 8',
    ],
    [
      'no step',
      (prefix) => edit(prefix, ({ trainer }) => void trainer.delete('optimizer.step')),
      'counts 0 steps at epoch 2 instead of 8',
    ],
    [
      'a missing array',
      (prefix) => edit(prefix, ({ trainer }) => void trainer.delete('optimizer.m.body.conv.weight')),
      'optimizer.m.body.conv.weight is missing',
    ],
    [
      'an array of another network',
      (prefix) =>
        edit(prefix, ({ trainer }) => void trainer.set('other', { shape: [1], data: Float32Array.of(1) })),
      'holds an array other, which this network does not have',
    ],
    [
      'an array of another shape',
      (prefix) =>
        edit(
          prefix,
          ({ trainer }) => void trainer.set('output.bias', { shape: [1], data: Float32Array.of(1) }),
        ),
      'output.bias has shape [1], but the network needs [6]',
    ],
    [
      'missing outputs',
      (prefix) => edit(prefix, ({ kept }) => void (kept as Map<string, unknown>).delete('epoch0')),
      'has 0 of the 48 values of the outputs of epoch0',
    ],
    [
      'outputs of other images',
      (prefix) =>
        edit(prefix, ({ kept }) => void (kept as Map<string, unknown>).set('epoch1', new Float32Array(47))),
      'has 47 of the 48 values of the outputs of epoch1',
    ],
  ])('that are damaged are replaced by the previous one: %s', async (_, damage, problem) => {
    const { prefix, last } = await stopped();
    damage(prefix, last);
    const { warnings, resumed, bits: found } = await goneOn(prefix);
    expect(resumed).toEqual([1]);
    expect(warnings).toHaveLength(1);
    expect(warnings[0].startsWith(`${last}: `)).toBe(true);
    expect(warnings[0]).toContain(problem);
    expect(warnings[0]).toContain(
      '; it is skipped. Training resumes from the previous checkpoint, of epoch 1; the result is the same, bit for bit.',
    );
    expect(found).toEqual(straight);
  });

  it('that are damaged never replace an intact one', async () => {
    const { prefix, last, previous } = await stopped();
    poke(last, -1);
    let steps = 0;
    await trainFold({ ...options, checkpoint: prefix, onStep: () => steps++, stop: () => steps >= 1 });
    // The checkpoint of epoch 1 becomes the last one; the next save keeps it as the previous one.
    expect(loadCheckpoint(prefix)?.state.epoch).toBe(1);
    expect(existsSync(previous)).toBe(false);
    await goneOn(prefix);
    rmSync(last);
    expect((await goneOn(prefix)).resumed).toEqual([2]);
  });

  it('that are both damaged fail the fold with a hint that works', async () => {
    const { prefix, last, previous } = await stopped();
    poke(last, -1);
    truncateSync(previous, 100);
    await expect(goneOn(prefix)).rejects.toMatchObject({
      name: 'FormatError',
      message: expect.stringMatching(
        /checkpoint\.safetensors: its checksum .*; and .*previous\.safetensors: /,
      ),
      hint: `remove ${last} and ${previous}; --resume and --retry then train the fold again from the start`,
    });
    rmSync(last);
    rmSync(previous);
    const { bits: found, resumed } = await goneOn(prefix);
    expect(resumed).toEqual([]);
    expect(found).toEqual(straight);
  });

  it('of earlier versions, without a checksum, are resumed with a warning', async () => {
    const { prefix, last, previous } = await stopped();
    rmSync(previous);
    unseal(last);
    const { warnings, resumed, bits: found } = await goneOn(prefix);
    expect(resumed).toEqual([2]);
    expect(warnings).toEqual([
      `${last} has no checksum because an earlier version of Lexel wrote it. Damage to its numbers cannot be detected.`,
    ]);
    expect(found).toEqual(straight);
  });

  it('of later versions are rejected and not changed', async () => {
    const { prefix, last } = await stopped();
    edit(prefix, () => ({ version: 2 as never }));
    const bytes = readFileSync(last);
    await expect(goneOn(prefix)).rejects.toMatchObject({
      name: 'LexelError',
      message: `${last} has format version 2, but this Lexel reads versions up to 1`,
    });
    expect(readFileSync(last)).toEqual(bytes);
  });
});
