import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, describe, expect, it } from 'vitest';
import { foldFiles, readRun } from '../../src/crossval/index.js';
import { lexel } from './lexel.js';
import { signalAfterCheckpoint } from './signal-after-checkpoint.js';

const dir = mkdtempSync(join(tmpdir(), 'lexel-cli-'));
afterAll(() => rmSync(dir, { recursive: true }));
const run = (line: string, options = {}) => lexel(line.split(' '), { cwd: dir, ...options });

const SMALL = '--net lite --width 0.25 --batch 32 --limit 256 --epochs 3 --seed 4';

describe('lexel train', () => {
  it('stops at Ctrl-C and resumes to the same bits as an uninterrupted run', async () => {
    const straight = await run(`train ${SMALL} --holdout red_circle --out straight`);
    expect(straight).toMatchObject({ code: 0 });
    expect(straight.out).toContain('epoch   3');

    const stopped = await run(`train ${SMALL} --holdout red_circle --out stopped`, {
      env: signalAfterCheckpoint(1, 'SIGINT'),
    });
    expect(stopped.code).toBe(130);
    expect(stopped.err).toContain(
      'Stopped: 0 of 1 folds finished. Resume with: lexel train --resume stopped',
    );
    const other = await run('train --resume stopped --epochs 5');
    expect(other.err).toContain('--epochs 5: stopped was started with 3');
    expect(other.code).toBe(2);
    expect(await run(`train --resume stopped ${SMALL}`)).toMatchObject({ code: 0 });
    for (const file of ['outputs', 'model'] as const) {
      const [a, b] = ['straight', 'stopped'].map((name) =>
        readFileSync(foldFiles(join(dir, name), 'red_circle')[file]),
      );
      expect(a.equals(b)).toBe(true);
    }
    expect(readdirSync(join(dir, 'stopped', 'folds')).filter((name) => name.includes('checkpoint'))).toEqual(
      [],
    );
  });

  it('compare reports equal runs as equal, and one class as too few for a test', async () => {
    const { code, out } = await run('compare straight stopped --json');
    expect(code).toBe(0);
    const { labels, rows } = JSON.parse(out);
    expect(labels).toEqual(['red_circle']);
    const rank = rows.find((row: { measure: string }) => row.measure === 'rank');
    expect(rank.values[0]).toBe(rank.values[1]);
    expect(rank.differences[1]).toEqual({
      mean: 0,
      interval: null,
      p: null,
      pHolm: null,
      detectable: null,
    });
    const text = await run('compare straight stopped');
    expect(text.out).toContain('1 held-out class of 1 fold');
  });

  it('makes a model that classify uses', async () => {
    const image = join(dir, 'red.png');
    await sharp({ create: { width: 50, height: 40, channels: 3, background: '#c22' } })
      .png()
      .toFile(image);
    const { code, out } = await run(
      'classify red.png --model straight --top 3 --labels red_circle,orange_ring,red_star',
    );
    expect(code).toBe(0);
    expect(out).toMatch(/^(Not sure: .+\n)?word +cosine/);
    expect(out).toMatch(/red_circle +-?0\.\d{4} +never seen in training/);
    expect(out.match(/^(red_circle|orange_ring|red_star) /gm)).toHaveLength(3);
    expect(out).toMatch(
      /(More familiar than .+ of the test images\. )?Guessing among 3 words: 33 % right\.\n$/,
    );
    const json = await run('classify red.png --model straight --json');
    expect(JSON.parse(json.out)[0].words.length).toBe(5);
  });

  it('packs a model into one small file with the same answers', async () => {
    const packed = await run('model pack straight --out packed.safetensors --half');
    expect(packed).toMatchObject({ code: 0 });
    expect(packed.out).toMatch(/^lite for 60 labels, 1 of them unseen: \d+ KiB in packed\.safetensors\n$/);
    expect(statSync(join(dir, 'packed.safetensors')).size).toBeLessThan(
      statSync(foldFiles(join(dir, 'straight'), 'red_circle').model).size,
    );
    const answers = await Promise.all(
      ['packed.safetensors', 'straight'].map((model) => run(`classify red.png --model ${model} --json`)),
    );
    const [half, whole] = answers.map(({ out }) => JSON.parse(out)[0].words[0]);
    expect(half.label).toBe(whole.label);
    expect(half.score).toBeCloseTo(whole.score, 2);
    expect(await run('model pack packed.safetensors --out packed.safetensors')).toMatchObject({ code: 2 });
    expect(await run('model pack straight --out packed.onnx')).toMatchObject({ code: 2 });
  });

  it('classifies the readable ones of several images', async () => {
    writeFileSync(join(dir, 'broken.png'), readFileSync(join(dir, 'red.png')).subarray(0, 60));
    await sharp(join(dir, 'red.png')).webp().toFile(join(dir, 'red.webp'));
    await sharp(join(dir, 'red.png')).jpeg().toFile(join(dir, 'red.jpg'));
    const images = 'red.jpg broken.png straight nowhere.png red.webp';
    const { code, out, err } = await run(`classify ${images} --model straight --top 1`);
    expect(code).toBe(1);
    const answer = '(Not sure: .+\\n)?word +cosine\\n.+\\nMore familiar than .+\\n';
    expect(out).toMatch(new RegExp(`^red\\.jpg\\n${answer}\\nred\\.webp\\n${answer}$`));
    expect(err).toContain('lexel: broken.png: is not a readable image');
    expect(err).toContain('lexel: straight: contains no image');
    expect(err).toContain('lexel: nowhere.png: no such file');
    const json = JSON.parse((await run(`classify ${images} --model straight --json`)).out);
    expect(json.map((one: object) => Object.keys(one)[1])).toEqual([
      'words',
      'error',
      'error',
      'error',
      'words',
    ]);
  });

  it('refuses to overwrite a run', async () => {
    const { code, err } = await run(`train ${SMALL} --out straight`);
    expect(err).toContain('lexel: straight already holds a run');
    expect(code).toBe(2);
  });
});

describe('lexel loo', () => {
  it('runs chosen folds for several seeds', async () => {
    const { code, out } = await run(
      `loo ${SMALL} --epochs 1 --protocol holdout:20 --folds 1 --seeds 1,2 --out seeds`,
    );
    expect(code).toBe(0);
    expect(out).toContain('seed 2, in seeds/seed-2');
    for (const seed of [1, 2]) {
      const { run: file, folds } = readRun(join(dir, 'seeds', `seed-${seed}`));
      expect(file.seed).toBe(seed);
      expect(folds.map(({ id, finished }) => [id, finished])).toEqual([['split-1', true]]);
    }

    const report = await run('report seeds --vocab shapes');
    expect(report).toMatchObject({ code: 0 });
    expect(report.out).toContain('seeds 1, 2');
    expect(report.out).toMatch(/true word among \d+ words/);
    expect(report.out).toContain('seeds/report/report.html');
    // The report directory next to the seeds does not prevent another fold.
    const more = await run(`loo ${SMALL} --epochs 1 --protocol holdout:20 --folds 0 --seeds 1,2 --out seeds`);
    expect(more).toMatchObject({ code: 0 });
  });
});

describe('lexel loo in shards', () => {
  it('joins the run in --out, and resumes one part of it', async () => {
    const command = `loo ${SMALL} --epochs 1 --protocol holdout:20`;
    expect(await run(`${command} --shard 1/3 --out shards`)).toMatchObject({ code: 0 });
    const second = await run(`${command} --shard 2/3 --out shards`);
    expect(second.out).toContain('Continuing the existing run: 1 fold, 1 added now');
    expect(second.out).toContain('2 of 2 folds finished');
    const other = await run(`loo ${SMALL} --epochs 2 --protocol holdout:20 --shard 3/3 --out shards`);
    expect(other.err).toContain('shards already holds a run with another epochs (1) than this one (2)');
    expect(other.code).toBe(2);
    expect(await run(`${command} --resume shards --shard 2/3`)).toMatchObject({ code: 0 });
    const missing = await run(`${command} --resume shards --shard 3/3`);
    expect(missing.err).toContain('fold split-2 is not one of the 2 folds of shards');
    expect(missing.code).toBe(2);
  });
});
