/** The map by touch, in Chromium. */
import type { CDPSession, Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { noChromium } from '../chromium.js';
import { mapInChromium } from './static-map.js';

interface Finger {
  readonly x: number;
  readonly y: number;
}

describe.skipIf(noChromium)('the map by touch', () => {
  const map = mapInChromium({ selection: { folds: '0' } }, [undefined]);

  async function open() {
    const page = await map.newPage({
      viewport: { width: 412, height: 900 },
      reducedMotion: 'reduce',
      hasTouch: true,
      isMobile: true,
    });
    await page.goto(map.address());
    await page.getByText('1 of 1 sheets loaded').waitFor();
    await page.getByText('Renderer: ').waitFor();
    await page.locator('.map-canvas').scrollIntoViewIfNeeded();
    const box = (await page.locator('.map-canvas').boundingBox())!;
    const session = await page.context().newCDPSession(page);
    const middle = { x: box.x + box.width / 2, y: box.y + box.height / 2 };
    return { page, session, box, middle };
  }
  const send = (session: CDPSession, type: 'touchStart' | 'touchMove' | 'touchEnd', fingers: Finger[]) =>
    session.send('Input.dispatchTouchEvent', {
      type,
      touchPoints: fingers.map((finger, id) => ({ ...finger, id })),
    });
  /** Moves fingers along straight ways and lifts them. */
  async function swipe(session: CDPSession, ways: readonly (readonly [Finger, Finger])[], steps = 6) {
    await send(
      session,
      'touchStart',
      ways.map(([from]) => from),
    );
    for (let step = 1; step <= steps; step++)
      await send(
        session,
        'touchMove',
        ways.map(([from, to]) => ({
          x: from.x + ((to.x - from.x) * step) / steps,
          y: from.y + ((to.y - from.y) * step) / steps,
        })),
      );
    await send(session, 'touchEnd', []);
  }
  const view = (page: Page) => {
    const query = new URLSearchParams(page.url().split('?')[1]);
    return { x: Number(query.get('x')), y: Number(query.get('y')), z: Number(query.get('z') ?? 1) };
  };

  test('two fingers zoom, one moves, and neither chooses a point', async () => {
    const { page, session, middle } = await open();
    const { x, y } = middle;
    await swipe(session, [
      [
        { x: x - 30, y },
        { x: x - 90, y },
      ],
      [
        { x: x + 30, y },
        { x: x + 90, y },
      ],
    ]);
    // The view is written when it rests, so first of all between two steps of a finger, where those take long.
    await expect.poll(() => view(page).z).toBeCloseTo(3, 2);
    const before = view(page);
    await swipe(session, [
      [
        { x, y },
        { x: x - 80, y: y - 50 },
      ],
    ]);
    await expect.poll(() => view(page).x).toBeGreaterThan(before.x);
    await expect.poll(() => view(page).y).toBeLessThan(before.y);
    expect(view(page).z).toBeCloseTo(before.z, 2);
    expect(await page.locator('#map-focused').count()).toBe(0);
  });

  test('a tap chooses the point under it and tells its name', async () => {
    const { page } = await open();
    // The word that is searched lies in the middle of the map afterwards.
    await page.getByPlaceholder('Find a word').fill('striped triangle');
    await page.getByRole('heading', { name: 'striped triangle' }).waitFor();
    await page.getByRole('button', { name: 'Close' }).click();
    await page.locator('#map-focused').waitFor({ state: 'detached' });
    await page.locator('.map-canvas').scrollIntoViewIfNeeded();
    const box = (await page.locator('.map-canvas').boundingBox())!;
    await page.touchscreen.tap(box.x + box.width / 2 + 2, box.y + box.height / 2);
    await page.getByRole('heading', { name: 'striped triangle' }).waitFor();
    await expect.poll(() => page.locator('.map-tip').textContent()).toBe('striped triangle (word)');
  });

  test('a finger that rests first draws a lasso', async () => {
    const { page, session, box } = await open();
    const corner = (right: number, down: number) => ({
      x: box.x + 8 + right * (box.width - 16),
      y: box.y + 8 + down * (box.height - 16),
    });
    await send(session, 'touchStart', [corner(0, 0)]);
    await page.locator('.map-lasso').waitFor();
    for (const [right, down] of [
      [0.5, 0],
      [1, 0],
      [1, 1],
      [0, 1],
    ])
      await send(session, 'touchMove', [corner(right, down)]);
    await send(session, 'touchEnd', []);
    await page.getByText(/The first 100 of \d+ points/).waitFor();
  });

  test('the lasso of the toolbar draws at once; the page is no wider than the screen', async () => {
    const { page, session } = await open();
    await page.getByRole('button', { name: 'Lasso' }).tap();
    await page.locator('.map-canvas').scrollIntoViewIfNeeded();
    const now = (await page.locator('.map-canvas').boundingBox())!;
    await swipe(session, [
      [
        { x: now.x + 20, y: now.y + 20 },
        { x: now.x + now.width - 20, y: now.y + 30 },
      ],
    ]);
    await page.getByRole('button', { name: 'Lasso', pressed: false }).waitFor();
    await page.waitForTimeout(600); // after which a view that had moved would stand in the address
    expect(view(page)).toEqual({ x: 0, y: 0, z: 1 });
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(412);
  });
});
