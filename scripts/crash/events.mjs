// What happens to a command line while it works, a table. An event has
//
//     share            how often it is drawn, against the others
//     needs            what the machine must be able to do; default nothing
//     happen(life)     starts the command, disturbs it, and waits for its end: { end, late }, late where it had ended before
//     expected(end)    whether the command may end so: undefined, or what is wrong
import { clearDisk, fillDisk, hasDisks } from './disk.mjs';
import { start } from './processes.mjs';

const pause = (ms) => new Promise((done) => setTimeout(done, ms));

/** Starts the command, waits for the moment, and lets `act` do what it does to the process. */
async function at({ args, cwd, moment }, act) {
  const one = start(args, cwd);
  await Promise.race([pause(moment), one.ended]);
  const late = !one.isRunning();
  if (!late) await act(one);
  return { end: await one.ended, late };
}

const killed = ({ signal, code }) => (signal === 'SIGKILL' ? undefined : `exit code ${code}, not killed`);
/** Stopped cleanly, before it handles signals, or done at that very moment. */
const stopped = ({ signal, code, text }) => {
  if (signal === 'SIGINT' || signal === 'SIGTERM' || code === 130 || code === 0) return undefined;
  return `exit code ${code}: ${text.slice(-300)}`;
};
const FULL = /disk is full|larger than this system allows/;
/** It ends with 1 and names what could not be written, or what it wrote still had its place. */
const refused = ({ code, text }) => {
  if (code === 0) return undefined;
  if (code !== 1) return `exit code ${code}: ${text.slice(-300)}`;
  if (!FULL.test(text)) return `not a word of the disk: ${text.slice(-300)}`;
  return /\n\s+at .*:\d+:\d+\)?\n/.test(text) ? `a stack trace: ${text.slice(0, 600)}` : undefined;
};

/** After this, what failed is tried again. */
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
