/** The map as it is drawn. */

import type { Page } from 'playwright-core';

/** Waits until the map has drawn what the page says: it is told of a change after a frame, and draws in the next one. */
const drawn = (page: Page): Promise<void> =>
  page.evaluate(async () => {
    const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
    await frame();
    await new Promise((resolve) => setTimeout(resolve));
    await frame();
  });

/** A PNG file of the map's canvas and of what lies over it. */
export async function pictureOf(page: Page): Promise<Buffer> {
  await drawn(page);
  return page.locator('.map-canvas').screenshot();
}
