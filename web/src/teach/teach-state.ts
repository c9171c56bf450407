/**
 * The training of Teach it. It belongs to the whole page, so it goes on while another page of the studio is shown, and in
 * a hidden tab, where workers run as before and nothing is drawn.
 */

import { computed, signal } from '@preact/signals';
import { proxy } from 'comlink';
import { PATHS } from '../../../src/server/paths.js';
import type { NamedBlob } from '../images/image-input.js';
import { readBytes } from '../source.js';
import { kernels } from '../workers/kernels.js';
import { type Linked, link, type Problem, problemOf } from '../workers/link.js';
import { planOf, settings, visitorClasses } from './settings.js';
import {
  dropClass,
  dropTraining,
  keepClass,
  keepModel,
  keepPlan,
  keptClasses,
  keptTraining,
} from './storage.js';
import type { TeachFunctions } from './teach-worker.js';
import TeachWorker from './teach-worker.ts?worker';
import type { Frame, Judged, Measured, Plan, VisitorClass } from './types.js';

export type Phase =
  | 'opening'
  | 'ready'
  | 'starting'
  | 'training'
  | 'stopping'
  | 'stopped'
  | 'finished'
  | 'failed';

export const phase = signal<Phase>('opening');
export const problem = signal<Problem | null>(null);
/** Why the training or the classes are not kept in this browser. */
export const unkept = signal<Problem | null>(null);
/** The plan of the training that is shown. */
export const plan = signal<Plan | null>(null);
export const epochs = signal<readonly Measured[]>([]);
export const frame = signal<Frame | null>(null);
export const pace = signal<{ readonly done: number; readonly total: number; readonly rate: number } | null>(
  null,
);
export const judged = signal<readonly Judged[]>([]);
export const file = signal<Uint8Array<ArrayBuffer> | null>(null);
export const engine = signal<{ readonly isa: string; readonly build: string } | null>(null);

export const busy = computed(() => ['starting', 'training', 'stopping'].includes(phase.value));

let begun = false;

/** Reads what an earlier visit kept. Called when the page is shown; only the first call does something. */
export async function open(): Promise<void> {
  if (begun) return;
  begun = true;
  try {
    const [training, classes] = await Promise.all([keptTraining(), keptClasses()]);
    visitorClasses.value = classes;
    if (training) {
      plan.value = training.plan;
      epochs.value = training.progress?.epochs ?? [];
      file.value = training.progress?.file ?? null;
    }
    phase.value = !training ? 'ready' : training.progress?.file ? 'finished' : 'stopped';
    if (file.value) await judge();
  } catch (error) {
    unkept.value = problemOf(error);
    if (phase.value === 'opening') phase.value = 'ready';
  }
}

type WordSet = 'pack' | 'shapes';
const wordSet = (kind: Plan['data']['kind']): WordSet => (kind === 'own' ? 'pack' : 'shapes');

async function startWorker(set: WordSet): Promise<Linked<TeachFunctions>> {
  const linked = link<TeachFunctions>(new TeachWorker());
  try {
    const [binary, words] = await Promise.all([kernels(), readBytes(PATHS.words(set))]);
    engine.value = await linked.call.start(binary);
    await linked.call.setWords(words, `${set}.lexw`);
    return linked;
  } catch (error) {
    linked.end();
    throw error;
  }
}

let trainer: Linked<TeachFunctions> | undefined;

/** Trains a new network by the settings; the training that was kept is dropped. */
export async function begin(): Promise<void> {
  const next = planOf(settings.peek());
  trainer?.end();
  trainer = undefined;
  plan.value = next;
  epochs.value = [];
  frame.value = null;
  judged.value = [];
  file.value = null;
  unkept.value = null;
  phase.value = 'starting';
  try {
    await keepPlan(next);
  } catch (error) {
    unkept.value = problemOf(error);
  }
  await train();
}

/** Goes on with the training that was stopped or interrupted. */
export async function goOn(): Promise<void> {
  phase.value = 'starting';
  await train();
}

async function train(): Promise<void> {
  const current = plan.peek()!;
  problem.value = null;
  pace.value = null;
  try {
    trainer ??= await startWorker(wordSet(current.data.kind));
    const before = (await keptTraining().catch(() => undefined))?.progress;
    phase.value = 'training';
    const outcome = await trainer.call.train(
      current,
      before?.key === current.key ? before : undefined,
      proxy({
        epoch(event: Measured) {
          epochs.value = [...epochs.peek().filter(({ epoch }) => epoch < event.epoch), event];
        },
        frame(next: Frame) {
          frame.value = next;
        },
        step(done: number, total: number, rate: number) {
          pace.value = { done, total, rate };
        },
        unkept(reason: Problem) {
          unkept.value = reason;
        },
      }),
    );
    if (outcome.status === 'stopped') {
      phase.value = 'stopped';
      return;
    }
    file.value = outcome.file;
    phase.value = 'finished';
    await keepModel({ key: current.key, name: nameOf(current), bytes: outcome.file }).catch((error) => {
      unkept.value = problemOf(error);
    });
    await judge();
  } catch (error) {
    trainer?.end();
    trainer = undefined;
    problem.value = problemOf(error);
    phase.value = 'failed';
  }
}

/** Stops before the next step; the state after the last epoch stays. */
export function stop(): void {
  phase.value = 'stopping';
  trainer?.call.stop();
}

/** Drops the training that is shown. */
export async function forget(): Promise<void> {
  trainer?.end();
  trainer = undefined;
  plan.value = null;
  phase.value = 'ready';
  await dropTraining().catch(() => {});
}

async function judge(): Promise<void> {
  const current = plan.peek()!;
  trainer ??= await startWorker(wordSet(current.data.kind));
  judged.value = await trainer.call.judge(current, file.peek()!);
}

/** Name of a taught model in lists. */
function nameOf({ data, heldOut, key }: Plan): string {
  const what = data.kind === 'shapes' ? 'shapes' : data.classes.map(({ name }) => name).join(', ');
  const without = heldOut.length > 0 ? `, without ${heldOut.join(', ')}` : '';
  return `${what}${without} (${key.slice(0, 16).replace('T', ' ')})`;
}

let assistant: Promise<Linked<TeachFunctions>> | undefined;

/** The worker that reads images and looks up words; started at the visitor's first class. */
function helper(): Promise<Linked<TeachFunctions>> {
  assistant ??= startWorker('pack').catch((error) => {
    assistant = undefined;
    throw error;
  });
  return assistant;
}

/** @returns why there can be no such class; null if it was added */
export async function addClass(name: string): Promise<string | null> {
  const wanted = name.trim().toLowerCase();
  if (wanted === '') return 'Give the class a name: a word for what its images show.';
  if (visitorClasses.peek().some((one) => one.name === wanted))
    return `There is already a class “${wanted}”.`;
  const near = await (await helper()).call.lookUp(wanted);
  if (near !== null) return `“${wanted}” has no word vector, so it cannot be a target. ${near}`;
  await change({ name: wanted, added: Date.now(), images: [] });
  return null;
}

/** Adds images to a class. @returns a sentence about those that could not be read; empty if all were */
export async function addImages(name: string, blobs: readonly NamedBlob[]): Promise<string> {
  const { call } = await helper();
  const failed: string[] = [];
  for (const { blob, name: file } of blobs) {
    try {
      const pixels = await call.read(blob, file);
      const one = visitorClasses.peek().find((own) => own.name === name);
      if (one) await change({ ...one, images: [...one.images, pixels] });
    } catch (error) {
      failed.push(problemOf(error).message);
    }
  }
  return failed.join(' ');
}

export async function removeImage(name: string, at: number): Promise<void> {
  const one = visitorClasses.peek().find((own) => own.name === name);
  if (one) await change({ ...one, images: one.images.filter((_, i) => i !== at) });
}

export async function removeClass(name: string): Promise<void> {
  visitorClasses.value = visitorClasses.peek().filter((one) => one.name !== name);
  await dropClass(name).catch(() => {});
}

async function change(one: VisitorClass): Promise<void> {
  const all = visitorClasses.peek();
  const at = all.findIndex(({ name }) => name === one.name);
  visitorClasses.value = at < 0 ? [...all, one] : all.with(at, one);
  try {
    await keepClass(one);
  } catch (error) {
    unkept.value = problemOf(error);
  }
}

addEventListener('beforeunload', (event) => {
  if (unkept.peek() && busy.peek()) event.preventDefault();
});
