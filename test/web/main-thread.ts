/** How long tasks keep a page's main thread, from Chromium's trace. */

import type { Browser, Page } from 'playwright-core';

interface TraceEvent {
  readonly name: string;
  readonly ph: string;
  readonly pid: number;
  readonly tid: number;
  /** Microseconds on the clock: begin and duration. */
  readonly ts: number;
  readonly dur?: number;
  /** Microseconds of the processor. */
  readonly tdur?: number;
  readonly args?: { readonly name?: string };
}

export interface Task {
  /**
   * Milliseconds of the processor. Waiting for a core, or for graphics that are drawn without a graphics card, is none: so
   * the number is nearly the same on a busy machine.
   */
  readonly processor: number;
  /** Milliseconds on the clock. */
  readonly clock: number;
  /** What took longest in it, outermost first. */
  readonly parts: readonly string[];
}

/** The task that takes most of the processor while `use` runs, and the number of tasks. */
export async function longestTask(
  browser: Browser,
  page: Page,
  use: () => Promise<void>,
): Promise<{ longest: Task; tasks: number }> {
  await browser.startTracing(page, { categories: ['devtools.timeline', 'toplevel', 'v8'] });
  await use();
  const trace = await browser.stopTracing();
  const { traceEvents } = JSON.parse(trace.toString()) as { traceEvents: TraceEvent[] };
  const threadOf = ({ pid, tid }: TraceEvent) => `${pid} ${tid}`;
  const main = new Set(
    traceEvents
      .filter(({ name, args }) => name === 'thread_name' && args?.name === 'CrRendererMain')
      .map(threadOf),
  );
  const onMain = traceEvents.filter((event) => event.ph === 'X' && main.has(threadOf(event)));
  const tasks = onMain.filter(({ name }) => name === 'ThreadControllerImpl::RunTask');
  const taken = ({ tdur = 0 }: TraceEvent) => tdur / 1000;
  const longest = tasks.reduce((most, task) => (taken(task) > taken(most) ? task : most));
  const end = longest.ts + (longest.dur ?? 0);
  const parts = onMain
    .filter((event) => threadOf(event) === threadOf(longest) && event.ts >= longest.ts && event.ts < end)
    .filter((event) => taken(event) > taken(longest) / 4)
    .map((event) => `${event.name} ${taken(event).toFixed(1)} ms`);
  return {
    longest: { processor: taken(longest), clock: (longest.dur ?? 0) / 1000, parts },
    tasks: tasks.length,
  };
}
