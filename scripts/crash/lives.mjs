// A life: a scenario that is begun, disturbed again and again, gone on with, and at last left alone. Its content must then be, bit for bit,
// that of a run that nobody has disturbed.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { deriveKey, Random } from '../../dist/util/random.js';
import { mountDisk, unmountDisk } from './disk.mjs';
import { EVENTS } from './events.mjs';
import { start } from './processes.mjs';

/** MB of a life's disk. */
const DISK = 24;

/** The run that nobody disturbs, and its content. */
export async function reference(scenario, root) {
  const inputs = join(root, 'inputs');
  mkdirSync(inputs, { recursive: true });
  await scenario.prepare(inputs);
  const dir = join(root, 'alone');
  mkdirSync(dir);
  const end = await start(scenario.args(dir, inputs), root).ended;
  if (end.code !== 0) throw new Error(`the run that is left alone ends with ${end.code}: ${end.text}`);
  return { inputs, content: scenario.content(dir) };
}

/**
 * Lives one life.
 * @param most events in it
 * @param tell called with every event: { kind, late, fault }
 * @returns what is wrong at its end; empty: the bits are those of the run that was left alone
 */
export async function live(scenario, { inputs, content }, root, { seed, name, number, most }, tell) {
  const random = new Random(deriveKey(seed, 'crash', name, number));
  const kinds = Object.entries(EVENTS).flatMap(([kind, { share, needs }]) =>
    !needs || needs() ? Array(share).fill(kind) : [],
  );
  const dir = join(root, `life-${number}`);
  mountDisk(dir, DISK);
  try {
    for (let n = 0; n < most; n++) {
      const kind = kinds[random.below(kinds.length)];
      const [from, to] = scenario.milliseconds;
      const life = {
        ...{ args: scenario.args(dir, inputs), cwd: root, disk: dir },
        ...{ moment: from + random.below(to - from), room: random.below(scenario.kilobytes) },
      };
      const { end, late } = await EVENTS[kind].happen(life);
      const fault =
        (late ? undefined : EVENTS[kind].expected(end)) ?? (await broken(() => scenario.check(dir)));
      tell({ kind, late, fault });
      if (late && end.code === 0) break;
    }
    return await atLast(scenario, dir, inputs, content, root);
  } finally {
    unmountDisk(dir);
  }
}

async function broken(check) {
  try {
    await check();
    return undefined;
  } catch (error) {
    return `what is on the disk cannot be read: ${error.message}`;
  }
}

/** Goes on without disturbance to the end, and compares. */
async function atLast(scenario, dir, inputs, content, root) {
  const end = await start(scenario.args(dir, inputs), root).ended;
  if (end.code !== 0) return [`left alone, it ends with ${end.code ?? end.signal}: ${end.text.slice(-600)}`];
  const own = scenario.content(dir);
  const different = [...content]
    .filter(([name, bytes]) => !own.get(name)?.equals(bytes))
    .map(([name]) => `other bits: ${name}`);
  return [...different, ...scenario.leftOver(dir).map((name) => `left behind: ${name}`)];
}
