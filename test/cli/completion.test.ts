import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { shellWord } from '../../src/util/shell.js';
import { lexel } from './lexel.js';

const dir = mkdtempSync(join(tmpdir(), 'lexel-completion-'));
afterAll(() => rmSync(dir, { recursive: true }));
writeFileSync(join(dir, 'holiday.png'), '');

const SHELLS = ['bash', 'zsh', 'fish'] as const;
type Shell = (typeof SHELLS)[number];

beforeAll(async () => {
  for (const shell of SHELLS) {
    const { code, out, err } = await lexel(['completion', shell]);
    expect([code, err]).toEqual([0, '']);
    writeFileSync(join(dir, `lexel.${shell}`), out);
  }
});

const has = (shell: Shell) => spawnSync(shell, ['-c', 'exit 0']).status === 0;

/** What Tab offers at the end of a command line. */
const complete: Record<Shell, (line: string) => string[]> = {
  bash(line) {
    // As bash itself splits a line at = and :.
    const words = line
      .split(/(?<=[=:])|(?=[=:])| /)
      .filter((word, i, all) => word !== '' || i === all.length - 1);
    const script = `source lexel.bash; COMP_WORDS=(${words.map(shellWord).join(' ')}); COMP_CWORD=${words.length - 1}
compopt() { echo FILES; }; _lexel; printf '%s\\n' "\${COMPREPLY[@]}"`;
    return lines('bash', ['--norc', '-c', script]);
  },
  zsh(line) {
    // _describe shows the list on a terminal; here it prints the words.
    const words = line.split(' ');
    const script = `compdef() { :; }; _files() { print FILES; }
_describe() { print -rl -- \${(P)2}; }
source ./lexel.zsh; words=(${words.map(shellWord).join(' ')}); CURRENT=${words.length}; _lexel; true`;
    return lines('zsh', ['-f', '-c', script]).map((item) =>
      item.replace(/(?<!\\):.*/, '').replaceAll('\\:', ':'),
    );
  },
  fish: (line) => lines('fish', ['--no-config', '-c', `source lexel.fish; complete -C ${shellWord(line)}`]),
};

function lines(shell: Shell, args: readonly string[]): string[] {
  const text = execFileSync(shell, args, { cwd: dir, encoding: 'utf8', env: { ...process.env, HOME: dir } });
  return text
    .split('\n')
    .map((line) => line.split('\t')[0])
    .filter(Boolean);
}

describe.each(SHELLS)('completion for %s', (shell) => {
  const tab = complete[shell];
  it.runIf(has(shell))('completes commands, also below commands and by alias', () => {
    expect(tab('lexel ')).toEqual(
      expect.arrayContaining(['loo', 'train', 'evaluate', 'words', 'completion']),
    );
    expect(tab('lexel words ')).toEqual(expect.arrayContaining(['nearest', 'info', 'train']));
    expect(tab('lexel completion ').sort()).toEqual(['bash', 'fish', 'zsh']);
    expect(tab('lexel crossval --proto')).toContain('--protocol');
    expect(tab('lexel model describe --roof')).toContain('--roofline');
  });

  it.runIf(has(shell))('completes the names of nets, recipes, readings, controls and data', () => {
    expect(tab('lexel loo --net ')).toEqual(expect.arrayContaining(['micronet', 'lite']));
    expect(tab('lexel loo --net ')).not.toContain('lite-a');
    expect(tab('lexel loo --recipe ')).toEqual(expect.arrayContaining(['poster', 'joint']));
    expect(tab('lexel loo --control ')).toEqual(expect.arrayContaining(['permuted', 'one-hot']));
    expect(tab('lexel train --data ')).toEqual(expect.arrayContaining(['shapes', 'cifar-100']));
    expect(tab('lexel report runs/a --reading ')).toEqual(expect.arrayContaining(['conse', 'eszsl']));
    expect(tab('lexel classify --backend ')).toEqual(expect.arrayContaining(['native', 'wasm']));
    expect(tab('lexel data info ')).toEqual(expect.arrayContaining(['shapes', 'cifar-10']));
    expect(tab('lexel words info ')).toEqual(expect.arrayContaining(['shapes', 'pack']));
  });

  it.runIf(has(shell))('offers files only where there may be files', () => {
    const files = (found: readonly string[]) => found.includes('FILES') || found.includes('holiday.png');
    expect(files(tab('lexel classify '))).toBe(true);
    expect(files(tab('lexel loo --out '))).toBe(true);
    expect(files(tab('lexel loo --net '))).toBe(false);
    expect(files(tab('lexel loo --epochs '))).toBe(false);
    expect(files(tab('lexel words '))).toBe(false);
  });
});

describe('completion for bash', () => {
  it.runIf(has('bash'))('narrows, and completes after = and :', () => {
    expect(complete.bash('lexel loo --net l')).toEqual(expect.arrayContaining(['lite']));
    expect(complete.bash('lexel loo --net l')).not.toContain('micronet');
    expect(complete.bash('lexel loo --net=mi')).toEqual(['micronet']);
    expect(complete.bash('lexel loo --net efficientnet-b0:')).toEqual(['s1']);
  });
});

it('an unknown shell is wrong usage', async () => {
  const { code, err } = await lexel(['completion', 'tcsh']);
  expect(code).toBe(2);
  expect(err).toContain('Allowed choices are bash, zsh, fish.');
});
