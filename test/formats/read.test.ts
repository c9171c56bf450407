import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readBlocks, readNpy, readSafetensors } from '../../src/formats/index.js';
import { readBytes } from '../../src/formats/read.js';
import { readIndex } from '../../src/search/index-file.js';
import { openModel } from '../../src/search/open-model.js';
import { readAnalogies } from '../../src/words/index.js';

const root = mkdtempSync(join(tmpdir(), 'lexel-read-'));
afterAll(() => rmSync(root, { recursive: true }));
const at = (name: string) => join(root, name);

describe('readBytes', () => {
  it('reads a file, through links, and an empty one', () => {
    writeFileSync(at('x'), 'here');
    symlinkSync('x', at('to-x'));
    writeFileSync(at('empty'), '');
    expect(['x', 'to-x', 'empty'].map((name) => readBytes(at(name)).toString())).toEqual([
      'here',
      'here',
      '',
    ]);
  });

  it('names the missing file and the reason', () => {
    mkdirSync(at('folder'));
    symlinkSync('nowhere', at('dead'));
    symlinkSync('self', at('self'));
    for (const [name, problem] of [
      ['none', 'no such file'],
      ['dead', 'is a link to nothing'],
      ['self', 'it is a link that leads back to itself'],
      ['folder', 'is a folder, not a file'],
      ['empty/x', 'a part of this path is a file, not a folder'],
    ])
      expect(() => readBytes(at(name))).toThrow(`${at(name)}: ${problem}`);
    expect(() => readBytes('/dev/null')).toThrow('/dev/null: is a device, not a file');
  });

  // A reader that opens the pipe blocks for ever, and the test times out.
  it.skipIf(process.platform === 'win32')('no reader waits for a pipe', async () => {
    execFileSync('mkfifo', [at('fifo')]);
    const format = { magic: 'NONE', version: 1, what: '', make: '', renew: '', damaged: '' };
    const readers = [
      readBytes,
      readSafetensors,
      readNpy,
      readAnalogies,
      readIndex,
      openModel,
      (file: string) =>
        readBlocks(
          file,
          format,
          {} as never,
          () => [],
          () => 0,
        ),
    ];
    for (const read of readers) expect(() => read(at('fifo'))).toThrow('fifo: is a pipe, not a file');
    const server = createServer().listen(at('socket'));
    await new Promise((done) => server.once('listening', done));
    expect(() => readBytes(at('socket'))).toThrow('socket: is a socket, not a file');
    server.close();
  });
});
