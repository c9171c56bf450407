// Interrupts Lexel commands at seeded random times (kills, signals, full disks), resumes them from the files they left, and compares the final
// result bit for bit with that of an undisturbed run.
//
//     npm run crash-test -- [--events 72] [--minutes 10] [--seed 1] [--scenario loo]
//
// "disk full" needs permission to mount a small disk (Linux). "files too large" limits the file size and runs on every Unix.
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { hasDisks, inNamespace } from './crash/disk.mjs';
import { EVENTS } from './crash/events.mjs';
import { live, reference } from './crash/lives.mjs';
import { SCENARIOS } from './crash/scenarios.mjs';

const { values } = parseArgs({
  options: {
    events: { type: 'string', default: '72' },
    minutes: { type: 'string', default: '60' },
    seed: { type: 'string', default: '1' },
    scenario: { type: 'string', multiple: true },
  },
});
const unknown = values.scenario?.find((name) => !Object.hasOwn(SCENARIOS, name));
if (unknown !== undefined) {
  console.error(
    `crash-test: no scenario "${unknown}"; the scenarios are ${Object.keys(SCENARIOS).join(', ')}`,
  );
  process.exit(2);
}
process.exitCode = inNamespace() ?? (await test());

async function test() {
  const seed = Number(values.seed);
  const most = Number(values.events);
  const until = Date.now() + 60_000 * Number(values.minutes);
  const names = values.scenario ?? Object.keys(SCENARIOS);
  const root = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'lexel-crash-'));
  if (!hasDisks()) console.log('Cannot mount a disk on this system: the "disk full" event is skipped.');
  const counts = new Map(Object.keys(EVENTS).map((kind) => [kind, { events: 0, late: 0, faults: 0 }]));
  const faults = [];
  const begun = new Map();
  let [events, lives, equal] = [0, 0, 0];
  try {
    for (let number = 0; events < most && Date.now() < until; number++) {
      const name = names[number % names.length];
      const scenario = SCENARIOS[name];
      const own = join(root, name.replace(' ', '-'));
      if (!begun.has(name)) begun.set(name, await reference(scenario, own));
      const where = { seed, name, number, most: Math.min(scenario.events, most - events) };
      const wrong = await live(scenario, begun.get(name), own, where, ({ kind, late, fault }) => {
        const count = counts.get(kind);
        if (late) count.late++;
        else {
          count.events++;
          events++;
        }
        if (!fault) return;
        count.faults++;
        faults.push(`${name}, life ${number}, ${kind}: ${fault}`);
      });
      lives++;
      if (wrong.length === 0) equal++;
      faults.push(...wrong.map((problem) => `${name}, life ${number}, final run: ${problem}`));
    }
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
  console.log('| event | happened | too late | faults |\n| --- | ---: | ---: | ---: |');
  for (const [kind, { events: n, late, faults: f }] of counts)
    console.log(`| ${kind} | ${n} | ${late} | ${f} |`);
  console.log(
    `\n${events} events in ${lives} lives of ${names.join(', ')}; ${equal} lives ended in the same bits as the undisturbed run. Seed ${seed}.`,
  );
  for (const fault of faults) console.log(`\n${fault}`);
  return faults.length > 0 ? 1 : 0;
}
