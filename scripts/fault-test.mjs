// Trains the folds of an experiment with a queue, a store and workers of its own, to which faults happen at seeded random times, and compares the
// results bit for bit with those of a local run.
//
//     npm run fault-test -- [--schedules 200] [--seed 1] [--minutes 60] [--results 40] [--from 0] [--workers 4] [--coordinators 2]
//         [--event 'worker killed (SIGKILL)']
//
// `--from 17 --schedules 1` runs schedule 17 alone. It needs redis-server. "disk full" also needs permission to mount a small disk (Linux).
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { foldFiles } from '../dist/crossval/run-file.js';
import { hasDisks, inNamespace } from './crash/disk.mjs';
import { start } from './crash/processes.mjs';
import { runContent } from './crash/run-content.mjs';
import { EVENTS } from './faults/events.mjs';
import { drawSchedule, runSchedule } from './faults/schedule.mjs';
import { hasRedis } from './redis-server.mjs';
import { writeTinyData } from './tiny-data.mjs';

const { values } = parseArgs({
  options: {
    schedules: { type: 'string', default: '200' },
    from: { type: 'string', default: '0' },
    minutes: { type: 'string', default: '60' },
    seed: { type: 'string', default: '1' },
    results: { type: 'string', default: '40' },
    event: { type: 'string', multiple: true },
    workers: { type: 'string' },
    coordinators: { type: 'string' },
  },
});
const unknown = values.event?.find((kind) => !Object.hasOwn(EVENTS, kind));
if (unknown !== undefined || !hasRedis()) {
  const kinds = Object.keys(EVENTS).join('\n  ');
  console.error(
    unknown === undefined
      ? 'fault-test: redis-server is not installed'
      : `fault-test: no event "${unknown}"; the events are\n  ${kinds}`,
  );
  process.exit(2);
}
process.exitCode = inNamespace() ?? (await test());

async function test() {
  const [seed, results, from] = [values.seed, values.results, values.from].map(Number);
  const most = Number(values.schedules);
  const until = Date.now() + 60_000 * Number(values.minutes);
  const began = Date.now();
  const seconds = () => ((Date.now() - began) / 1000).toFixed(0);
  const folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'lexel-faults-'));
  if (!hasDisks()) console.log('Cannot mount a disk on this system: the event of a full disk is skipped.');
  const counts = new Map(Object.keys(EVENTS).map((kind) => [kind, { happened: 0, late: 0 }]));
  const total = { schedules: 0, results: 0, claims: 0, duplicates: 0, events: 0 };
  let fault = null;
  try {
    const experiment = { folder, ...(await localRun(folder, results)) };
    for (let number = from; number < from + most && Date.now() < until && !fault; number++) {
      const schedule = drawSchedule({
        ...{ seed, number, results, kinds: values.event },
        ...{ workers: Number(values.workers ?? 0), coordinators: Number(values.coordinators ?? 0) },
      });
      const outcome = await runSchedule(schedule, experiment, ({ kind, late }) => {
        counts.get(kind)[late ? 'late' : 'happened']++;
        if (!late) total.events++;
      });
      if (outcome.wrong.length > 0) fault = { number, wrong: outcome.wrong };
      total.schedules++;
      for (const what of ['results', 'claims', 'duplicates']) total[what] += outcome[what];
      console.error(`${total.schedules} of ${most} schedules, ${total.events} events, ${seconds()} s`);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  console.log('| event | happened | too late |\n| --- | ---: | ---: |');
  for (const [kind, { happened, late }] of counts) console.log(`| ${kind} | ${happened} | ${late} |`);
  console.log(
    `\n${total.events} events in ${total.schedules} schedules: ${total.results} results of ${total.schedules * results}, ${total.claims} claims, ` +
      `${total.duplicates} duplicates, in ${seconds()} s. Seed ${seed}.`,
  );
  if (!fault) {
    console.log('No result was lost, none was committed twice, and all have the bits of a local run.');
    return 0;
  }
  const only = [`--seed ${seed}`, `--from ${fault.number}`, '--schedules 1', `--results ${results}`];
  console.log(
    `\nSchedule ${fault.number} is at fault; npm run fault-test -- ${only.join(' ')} runs it again.`,
  );
  for (const problem of fault.wrong) console.log(`\n${problem}`);
  return 1;
}

/** The experiment, trained on this machine alone. */
async function localRun(folder, results) {
  const options = await writeTinyData(folder, {
    classes: results,
    train: 2,
    test: 1,
    batch: Math.min(16, results),
  });
  const out = join(folder, 'local');
  const end = await start(['loo', ...options, '--out', out], folder, { patience: 600_000 }).ended;
  if (end.code !== 0) throw new Error(`the local run ends with ${end.code}: ${end.text}`);
  const resultOf = (fold) => {
    const { outputs, model, log } = foldFiles(out, fold);
    return { outputs: readFileSync(outputs), model: readFileSync(model), log: readFileSync(log) };
  };
  return { options, content: runContent(out), resultOf };
}
