/** The command line of `lexel demo`. */

import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import sharp from 'sharp';
import { afterAll, describe, expect, it } from 'vitest';
import { readSummary } from '../../src/statistics/index.js';
import { lexel } from './lexel.js';
import { hasTerminal, onTerminal, plainText } from './pseudo-terminal.js';

const dir = mkdtempSync(join(tmpdir(), 'lexel-demo-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));
const SMALL = ['demo', '--epochs', '1', '--limit', '256', '--folds', '0'];

/** A folder with a command `xdg-open` that writes down what it was told to open. */
function openerIn(folder: string): { path: string; opened: string } {
  mkdirSync(folder);
  const opened = join(folder, 'opened');
  const file = join(folder, 'xdg-open');
  writeFileSync(file, `#!/bin/sh\necho "$1" >> '${opened}'\n`);
  chmodSync(file, 0o755);
  return { path: `${folder}${delimiter}${process.env.PATH}`, opened };
}

describe('lexel demo', () => {
  it('prints five lines and writes the sheet and the report', async () => {
    const { path, opened } = openerIn(join(dir, 'pipe'));
    const env = { PATH: path, DISPLAY: ':0', CI: '' };
    const { code, out } = await lexel([...SMALL, '--folds', '0-1', '--out', 'two'], { cwd: dir, env });
    expect(code).toBe(0);
    const lines = out.trimEnd().split('\n');
    expect(lines).toHaveLength(5);
    expect(lines[0]).toBe(
      'Training 2 small networks to name drawn shapes, each without 15 of the 60 kinds of shape.',
    );
    const { headline } = readSummary(join(dir, 'two', 'report', 'summary.json'));
    const hits = Math.round(100 * headline.heldOutHit1.value!);
    expect(lines[1]).toMatch(
      new RegExp(
        `^Shown images of 15 kinds of shape that it had never seen, the network named ${hits} % right among them; guessing gives 7 %`,
      ),
    );
    expect(lines.slice(2)).toEqual([
      'Some of these images with the words: two/report/sheet.png',
      'The report, with figures: two/report/report.html',
      'The numbers: lexel report two',
    ]);
    expect((await sharp(join(dir, 'two/report/sheet.png')).metadata()).format).toBe('png');
    for (const name of ['report.html', 'figure-2.svg', 'figure-3.png', 'classes.csv'])
      expect(existsSync(join(dir, 'two/report', name))).toBe(true);
    expect(existsSync(opened)).toBe(false); // standard output is no terminal
  });

  it('prints folds and table with --full', async () => {
    const { code, out } = await lexel([...SMALL, '--full', '--out', 'full'], { cwd: dir });
    expect(code).toBe(0);
    expect(out).toContain('split-0 (15 classes)');
    expect(out).toContain('hit@5');
    expect(out).toContain('full/report/sheet.png');
  });

  it.runIf(hasTerminal && process.platform === 'linux')(
    'opens the sheet and the report from a terminal, unless it is told not to',
    async () => {
      const run = async (name: string, env: NodeJS.ProcessEnv, ...flags: string[]) => {
        const { path, opened } = openerIn(join(dir, `${name}-bin`));
        const { code, screen } = await onTerminal(100, [...SMALL, '--out', name, ...flags], {
          cwd: dir,
          env: { PATH: path, DISPLAY: ':0', WAYLAND_DISPLAY: '', CI: '', ...env },
        });
        expect(code).toBe(0);
        const text = plainText(screen);
        expect(text).toContain(`The report, with figures: ${name}/report/report.html`);
        expect(text).not.toContain('hit@1'); // lines of single epochs come with --full
        return () => (existsSync(opened) ? readFileSync(opened, 'utf8').trimEnd().split('\n').sort() : []);
      };
      const files = ['report.html', 'sheet.png'].map((file) => join(dir, 'shown/report', file));
      // The opener is not awaited, so its file appears some time later.
      await expect.poll(await run('shown', {})).toEqual(files);
      for (const [name, env, ...flags] of [
        ['quiet', {}, '--no-open'],
        ['ci', { CI: 'true' }],
      ] as const)
        expect((await run(name, env, ...flags))()).toEqual([]);
    },
  );
});
