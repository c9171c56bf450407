/** The option `--reading`: a run with two heads is reported, compared, and used for classification. */

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { drawFolder, saveUntrained } from '../search/untrained.js';
import { lexel } from './lexel.js';

const dir = mkdtempSync(join(tmpdir(), 'lexel-reading-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));
const run = (line: string) => lexel(line.split(' '), { cwd: dir });

const SMALL = '--net lite --width 0.25 --batch 32 --limit 128 --epochs 1 --protocol holdout:20 --folds 0';

beforeAll(async () => {
  await drawFolder(join(dir, 'pics'));
  await saveUntrained(join(dir, 'one-head.safetensors'));
  expect(await run(`loo ${SMALL} --recipe joint --label-weight 0.3 --out joint`)).toMatchObject({ code: 0 });
});

describe('--reading', () => {
  it('of a report', async () => {
    const { code, out } = await run('report joint --reading conse+reverse-ridge');
    expect(code).toBe(0);
    expect(out).toContain('recipe joint, read by conse+reverse-ridge');
    expect(out).toMatch(/skill \(regression\)/);
    expect(out).toContain('note: Read by conse+reverse-ridge: ranks, hits, AUSUC and cosines are of it.');
    const summary = JSON.parse(readFileSync(join(dir, 'joint/report/summary.json'), 'utf8'));
    expect(summary.run.reading).toEqual({ name: 'conse+reverse-ridge', own: 'regression' });
    const page = readFileSync(join(dir, 'joint/report/report.html'), 'utf8');
    expect(page).toContain('<th scope="row">reading</th><td>conse+reverse-ridge</td>');
    expect((await run('report joint')).out).not.toContain('(regression)');
  });

  it('of a comparison of a run with itself', async () => {
    const { code, out } = await run('compare joint --reading regression,whitened-ridge');
    expect(code).toBe(0);
    expect(out).toContain('A  joint (recipe joint, label weight 0.3), 1 epoch');
    expect(out).toContain('B  joint (recipe joint, label weight 0.3, read by whitened-ridge), 1 epoch');
  });

  it('of a model and an index, the best unless another is named', async () => {
    const best = await run('classify pics/a.png --model joint --json');
    expect(best).toMatchObject({ code: 0 });
    const same = await run('classify pics/a.png --model joint --json --reading conse+reverse-ridge');
    expect(same.out).toBe(best.out);
    const own = await run('classify pics/a.png --model joint --json --reading own');
    expect(own.out).not.toBe(best.out);
    expect(own.out).toBe((await run('classify pics/a.png --model joint --json --reading regression')).out);
    expect(await run('index pics --out pics.lex --model joint')).toMatchObject({ code: 0 });
    const found = JSON.parse((await run('find red_circle --index pics.lex --json')).out);
    expect(found).toHaveLength(5);
    const other = await run('index pics --out pics.lex --model joint --reading conse');
    expect(other.err).toContain('made with another model or reading');
    expect(await run('find red_circle --index pics.lex')).toMatchObject({ code: 0 });
  });

  it('that does not exist, or that a model does not support, is an error with a way out', async () => {
    const unknown = await run('report joint --reading reverse-rigde');
    expect(unknown.code).toBe(2);
    expect(unknown.err).toContain('unknown reading "reverse-rigde"');
    expect(unknown.err).toContain('did you mean reverse-ridge?');
    const lacking = await run('classify pics/a.png --model one-head.safetensors --reading conse');
    expect(lacking.code).toBe(1);
    expect(lacking.err).toMatch(/\.safetensors: does not support the reading conse: .*no class head/);
    expect((await run(`loo ${SMALL} --label-weight 0.3`)).err).toContain('recipe poster has only one head');
    expect((await run('compare --help')).out).toMatch(/Readings:\n.*regression/);
  });
});
