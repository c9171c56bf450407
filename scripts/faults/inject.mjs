// Loaded into workers and coordinators before Lexel (NODE_OPTIONS=--import). Reads a control file ten times a second and does to this process
// what it says:
//
//     clock      milliseconds by which the clock is wrong
//     slow       milliseconds that an operation in the store's folder takes longer, at most
//     failing    share of these operations that fail
//     lost       share of those that change something and fail only afterwards, as if the answer were lost
import { readFileSync } from 'node:fs';
import promises from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { setTimeout as sleep } from 'node:timers/promises';
import { isMainThread } from 'node:worker_threads';

const { LEXEL_FAULTS: control, LEXEL_FAULTS_STORE: store } = process.env;
let now = {};

if (isMainThread && control !== undefined) {
  look();
  setInterval(look, 100).unref();
  shiftClock();
  if (store !== undefined) disturbFolder(`${store}/`);
}

function look() {
  try {
    now = JSON.parse(readFileSync(control, 'utf8'));
  } catch {
    // Not written yet, or not whole.
  }
}

function shiftClock() {
  const TrueDate = Date;
  const time = () => TrueDate.now() + (now.clock ?? 0);
  globalThis.Date = class extends TrueDate {
    constructor(...given) {
      if (given.length === 0) super(time());
      else super(...given);
    }
    static now() {
      return time();
    }
  };
}

function disturbFolder(folder) {
  const failure = () => Object.assign(new Error('the drive does not answer'), { code: 'EIO' });
  for (const name of ['open', 'readFile', 'readdir', 'stat', 'link', 'rename', 'unlink']) {
    const plain = promises[name];
    promises[name] = async (path, ...rest) => {
      if (!`${path}/`.startsWith(folder)) return plain(path, ...rest);
      if (now.slow > 0) await sleep(now.slow * Math.random());
      if (Math.random() < (now.failing ?? 0)) throw failure();
      const result = await plain(path, ...rest);
      if (['link', 'rename', 'unlink'].includes(name) && Math.random() < (now.lost ?? 0)) throw failure();
      return result;
    };
  }
  syncBuiltinESMExports(); // for modules that import the functions by name
}
