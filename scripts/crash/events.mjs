// The table of events: ways to disturb a running command. Fields of an event:
//
//     share            weight with which the event is drawn
//     needs            returns whether the machine supports the event; default: every machine does
//     happen(life)     starts the command, disturbs it and waits for it to end; returns { end, late }: late if the command ended undisturbed
//     expected(end)    undefined if the command ended as it should, else a description of the fault
import { clearDisk, fillDisk, hasDisks } from './disk.mjs';
import { start } from './processes.mjs';

const pause = (ms) => new Promise((done) => setTimeout(done, ms));

/** Starts the command, waits `moment` milliseconds, and calls `act` on the process if it is still running. */
async function at({ args, cwd, moment }, act) {
  const one = start(args, cwd);
  await Promise.race([pause(moment), one.ended]);
  const over = !one.isRunning();
  if (!over) await act(one);
  const end = await one.ended;
  // It may also have ended in the moment before the signal.
  return { end, late: over || end.code === 0 };
}

const killed = ({ signal, code }) => (signal === 'SIGKILL' ? undefined : `exit code ${code}, not killed`);
/** Accepts a clean stop (130) and death by the signal before its handler was installed. */
const stopped = ({ signal, code, text }) => {
  if (signal === 'SIGINT' || signal === 'SIGTERM' || code === 130) return undefined;
  return `exit code ${code}: ${text.slice(-300)}`;
};
const FULL = /disk is full|larger than this system allows/;
/** Accepts exit code 1 with an error about the full disk or the size limit and no stack trace, and exit code 0 if there was enough space. */
const refused = ({ code, text }) => {
  if (code === 0) return undefined;
  if (code !== 1) return `exit code ${code}: ${text.slice(-300)}`;
  if (!FULL.test(text)) return `the error does not mention the disk: ${text.slice(-300)}`;
  return /\n\s+at .*:\d+:\d+\)?\n/.test(text) ? `a stack trace: ${text.slice(0, 600)}` : undefined;
};

/** After each event the command is run again and continues from the files on disk. */
export const EVENTS = {
  'killed (SIGKILL)': {
    share: 4,
    happen: (life) => at(life, (one) => one.kill('SIGKILL')),
    expected: killed,
  },
  'stopped (SIGINT)': {
    share: 2,
    happen: (life) => at(life, (one) => one.kill('SIGINT')),
    expected: stopped,
  },
  'stopped (SIGTERM)': {
    share: 2,
    happen: (life) => at(life, (one) => one.kill('SIGTERM')),
    expected: stopped,
  },
  'stopped twice (SIGINT)': {
    share: 1,
    happen: (life) =>
      at(life, async (one) => {
        one.kill('SIGINT');
        await pause(life.moment % 20);
        one.kill('SIGINT');
      }),
    expected: stopped,
  },
  'frozen, then killed': {
    share: 2,
    happen: (life) =>
      at(life, async (one) => {
        one.kill('SIGSTOP');
        await pause(50);
        one.kill('SIGKILL');
      }),
    expected: killed,
  },
  'disk full': {
    share: 2,
    needs: hasDisks,
    async happen({ args, cwd, disk, room }) {
      fillDisk(disk, room);
      try {
        const end = await start(args, cwd).ended;
        return { end, late: end.code === 0 };
      } finally {
        clearDisk(disk);
      }
    },
    expected: refused,
  },
  'files too large': {
    share: 2,
    needs: () => process.platform !== 'win32',
    async happen({ args, cwd, room }) {
      const end = await start(args, cwd, { fileBlocks: 2 * room }).ended;
      return { end, late: end.code === 0 };
    },
    expected: refused,
  },
};
