// A life: one run of a scenario that is disturbed and resumed several times and then completes without disturbance. Its content must equal that
// of an undisturbed run, bit for bit.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { deriveKey, Random } from '../../dist/util/random.js';
import { mountDisk, unmountDisk } from './disk.mjs';
import { EVENTS } from './events.mjs';
import { start } from './processes.mjs';

/** Size of the disk for one life, in MB. */
const DISK = 24;

/** Runs the scenario without disturbance. @returns the folder of its inputs, and the content to compare with */
export async function reference(scenario, root) {
  const inputs = join(root, 'inputs');
  mkdirSync(inputs, { recursive: true });
  await scenario.prepare(inputs);
  const dir = join(root, 'alone');
  mkdirSync(dir);
  const end = await start(scenario.args(dir, inputs), root).ended;
  if (end.code !== 0) throw new Error(`the undisturbed run ends with ${end.code}: ${end.text}`);
  return { inputs, content: scenario.content(dir) };
}

/**
 * Runs one life.
 * @param most maximum number of events
 * @param tell called after every event with { kind, late, fault }
 * @returns what is wrong with the final content; empty if it equals that of the undisturbed run
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
    return `the files on disk are unreadable: ${error.message}`;
  }
}

/** Resumes without disturbance until the command ends, and compares the content. @returns the problems found */
async function atLast(scenario, dir, inputs, content, root) {
  const end = await start(scenario.args(dir, inputs), root).ended;
  if (end.code !== 0)
    return [`without disturbance, it ends with ${end.code ?? end.signal}: ${end.text.slice(-600)}`];
  const own = scenario.content(dir);
  const different = [...content]
    .filter(([name, bytes]) => !own.get(name)?.equals(bytes))
    .map(([name]) => `different bits: ${name}`);
  return [...different, ...scenario.leftOver(dir).map((name) => `left behind: ${name}`)];
}
