// The pictures of the studio in README.md: node scripts/studio-images.mjs [FOLDER]
//
// They show runs of drawn shapes, which are trained first, in FOLDER (default: a temporary one). Runs that are there
// already are shown as they are; the one that trains in the pictures is begun again. Takes some minutes.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { startStudio } from '../dist/server/studio.js';
import { startChromium } from './chromium.mjs';

const BIN = fileURLToPath(new URL('../bin/lexel.js', import.meta.url));
const IMAGES = fileURLToPath(new URL('../docs/images/', import.meta.url));
const SIZE = { width: 1280, height: 720 };

/** Arguments of `lexel loo` for shapes. */
const shapes = (protocol, ...more) => [
  ...['loo', '--data', 'shapes', '--words', 'shapes', '--net', 'lite', '--protocol', protocol],
  ...more,
];
const FINISHED = {
  demo: ['demo', '--no-open'],
  'rotations-poster': shapes('one-per-superclass', '--epochs', '2', '--seed', '1'),
  'rotations-unit': shapes('one-per-superclass', '--epochs', '2', '--seed', '1', '--recipe', 'unit'),
};
const TRAINING = { name: 'longer', args: shapes('holdout:15', '--epochs', '8', '--seed', '1') };

const folder = process.argv[2] ? resolve(process.argv[2]) : mkdtempSync(join(tmpdir(), 'lexel-images-'));
const runs = join(folder, 'runs');
mkdirSync(runs, { recursive: true });

/** Starts the command line in the folder, so that the pictures name the runs' folder as a reader would. */
function lexel(...args) {
  const child = spawn(process.execPath, [BIN, ...args], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const ended = new Promise((done) => child.once('exit', done));
  return { child, ended };
}

for (const [name, args] of Object.entries(FINISHED)) {
  if (existsSync(join(runs, name))) continue;
  console.error(`training ${name}`);
  const { ended } = lexel(...args, '--out', join('runs', name));
  if ((await ended) !== 0) throw new Error(`training of ${name} failed`);
}
rmSync(join(runs, TRAINING.name), { recursive: true, force: true });

process.chdir(folder);
const studio = await startStudio({ runsDir: 'runs', port: 0 });
const { url } = studio;
const browser = await startChromium();
let training;
try {
  const page = await browser.newPage({ viewport: SIZE });
  const save = async (name) => {
    const file = join(IMAGES, `studio-${name}.png`);
    await page.mouse.move(0, 0);
    await sharp(await page.screenshot())
      .png({ palette: true, quality: 90, effort: 10 })
      .toFile(file);
    console.log(file);
  };
  const until = async (holds) => {
    for (;;) {
      const { runs: list } = await (await fetch(`${url}api/runs.json`)).json();
      if (holds(list)) return list;
      await new Promise((next) => setTimeout(next, 500));
    }
  };
  await until((list) => list.every(({ headline }) => headline));
  console.error(`training ${TRAINING.name}`);
  training = lexel(...TRAINING.args, '--out', join('runs', TRAINING.name));
  const list = await until((all) =>
    all.some(({ path, folds }) => path === TRAINING.name && folds.finished >= 2),
  );
  const idOf = (name) => list.find(({ path }) => path === name).id;
  await page.goto(`${url}#/runs`);
  await page.locator('tbody tr').first().waitFor();
  await save('runs');
  await page.goto(`${url}#/run/${idOf(TRAINING.name)}`);
  await page.locator('.curves canvas').waitFor();
  // Speed and time left come a second later.
  await page.waitForFunction(() => document.querySelector('.facts')?.textContent.includes('images/s'));
  await save('live');
  await page.goto(`${url}#/results/${idOf('demo')}?class=brown_triangle`);
  await page.locator('.class-images img').nth(5).waitFor();
  await page.waitForTimeout(1000);
  await save('results');
} finally {
  await browser.close();
  await studio.close();
  training?.child.kill('SIGINT');
  await training?.ended;
  if (!process.argv[2]) rmSync(folder, { recursive: true });
}
