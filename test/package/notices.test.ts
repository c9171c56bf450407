/** NOTICE.md names all that ships and comes from others: every asset, and every package that is installed beside Lexel. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const notice = readFileSync(join(root, 'NOTICE.md'), 'utf8');
const json = (file: string) => JSON.parse(readFileSync(join(root, file), 'utf8'));

/** The first cell of each row of the page's tables, without its marks. */
const named = [...notice.matchAll(/^\| ([^|]+) \|/gm)].flatMap(([, cell]) =>
  [...cell.matchAll(/`([^`]+)`|\[([^\]]+)\]/g)].map((match) => match[1] ?? match[2]),
);

describe('NOTICE.md', () => {
  it.each(readdirSync(join(root, 'assets')))('has assets/%s', (name) => {
    expect(named).toContain(`assets/${name}`);
  });

  it('has every dependency, with the licence that its own package.json states', () => {
    const stated = Object.keys(json('package.json').dependencies).map(
      (name) => `| \`${name}\` | ${json(`node_modules/${name}/package.json`).license} |`,
    );
    expect(notice.split('\n').filter((line) => /^\| `[^`]+` \| \S+ \|$/.test(line))).toEqual(stated);
  });

  it('has what the kept results hold of others', () => {
    expect(named).toContain('docs/results');
    expect(notice).toContain('docs/results/targets');
  });
});
