/** A machine of its own as far as the network goes: a Linux network namespace, joined to this machine by a cable. */
import { type SpawnSyncReturns, spawnSync } from 'node:child_process';

export interface NetworkNamespace {
  /** This machine's address, as seen from there. */
  readonly host: string;
  /** The arguments of `ip` before a command that runs there. */
  readonly exec: readonly string[];
  /** From now on packets in both directions are lost; no connection is closed. */
  cut(): void;
  /** Ends a cut, if there is one. */
  mend(): void;
  close(): void;
}

/** @returns null, with a message, if this process may not make one */
export function networkNamespace(): NetworkNamespace | null {
  const name = `lexel-${process.pid}`;
  // Names of links have at most 15 characters; the ends are told apart by their last one.
  const link = `lx${process.pid.toString(36)}`;
  // 198.18.0.0/15 is for tests of networks (RFC 2544); four addresses of it by process.
  const at = 4 * (process.pid % 16_384);
  const address = (end: number) => `198.18.${at >> 8}.${(at & 255) + end}`;
  const close = () => {
    spawnSync('ip', ['link', 'del', `${link}a`]);
    spawnSync('ip', ['netns', 'del', name]);
  };
  const exec = ['netns', 'exec', name];
  const steps = [
    ['netns', 'add', name],
    ['link', 'add', `${link}a`, 'type', 'veth', 'peer', 'name', `${link}b`, 'netns', name],
    ['addr', 'add', `${address(1)}/30`, 'dev', `${link}a`],
    ['link', 'set', `${link}a`, 'up'],
    ['-n', name, 'addr', 'add', `${address(2)}/30`, 'dev', `${link}b`],
    ['-n', name, 'link', 'set', `${link}b`, 'up'],
    ['-n', name, 'link', 'set', 'lo', 'up'],
  ];
  for (const step of steps) {
    const end = spawnSync('ip', step, { encoding: 'utf8' });
    if (end.status === 0) continue;
    console.warn(`skipped: no network namespace can be made here (ip ${step.join(' ')}: ${trouble(end)})`);
    close();
    return null;
  }
  /** Packets to the other end, from here and from there. */
  const neighbour = (...words: string[]) => {
    for (const [before, to, end] of [
      [[], 2, 'a'],
      [['-n', name], 1, 'b'],
    ] as const) {
      const [action, ...more] = words;
      const step = [...before, 'neigh', action, address(to), 'dev', `${link}${end}`, ...more];
      const ended = spawnSync('ip', step, { encoding: 'utf8' });
      if (ended.status !== 0) throw new Error(`ip ${step.join(' ')}: ${trouble(ended)}`);
    }
  };
  let isCut = false;
  return {
    host: address(1),
    exec,
    cut() {
      // Addressed to a network card that is not there, packets get lost on the way, and no sender gets an error.
      neighbour('replace', 'lladdr', '02:00:00:00:00:01', 'nud', 'permanent');
      isCut = true;
    },
    mend() {
      if (isCut) neighbour('del');
      isCut = false;
    },
    close,
  };
}

const trouble = ({ error, stderr }: SpawnSyncReturns<string>) => error?.message ?? stderr.trim();
