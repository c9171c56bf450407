/** What every store keeps, whatever it is made of. */
import { type ChildProcess, spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { keyPart } from '../../../src/queue/stores/keys.js';
import type { ObjectStore } from '../../../src/queue/stores/object-store.js';
import { openStore } from '../../../src/queue/stores/open-store.js';

/** A new, empty store, and the environment of processes that open it. */
export interface Place {
  readonly where: string;
  readonly env?: NodeJS.ProcessEnv;
}

export const text = (content: Uint8Array | null) => content && Buffer.from(content).toString();

/** Starts Node with a program that has `store`, `args` and `line()`, which waits for a line from the parent. */
export function startProgram(
  { where, env }: Place,
  program: string,
  args: unknown,
  extra: NodeJS.ProcessEnv = {},
): ChildProcess {
  const whole = `import { openStore } from ${JSON.stringify(resolve('dist/queue/stores/open-store.js'))};
    const [where, args] = JSON.parse(process.argv[1]);
    const line = () => new Promise((done) => process.stdin.once('data', done));
    const store = await openStore(where);
    ${program}
    process.exit();`;
  return spawn(process.execPath, ['--input-type=module', '-e', whole, '--', JSON.stringify([where, args])], {
    env: { ...process.env, ...env, ...extra },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
}

export const firstOutput = (child: ChildProcess) =>
  new Promise<string>((done, fail) => {
    child.stdout!.once('data', (data) => done(String(data)));
    child.once('exit', (code) => fail(new Error(`ended with ${code}`)));
  });

export const outputOf = (child: ChildProcess) =>
  new Promise<string>((done) => {
    let all = '';
    child.stdout!.on('data', (data) => {
      all += data;
    });
    child.stdout!.once('end', () => done(all));
  });

export function itIsAStore(kind: string, place: () => Promise<Place>): void {
  const opened = async (): Promise<{ store: ObjectStore; other: ObjectStore; at: Place }> => {
    const at = await place();
    const options = { env: at.env };
    return { store: await openStore(at.where, options), other: await openStore(at.where, options), at };
  };

  describe(`a store in ${kind}`, () => {
    it('has nothing at first', async () => {
      const { store } = await opened();
      expect(await store.list('')).toEqual([]);
      expect(await store.get('a')).toBeNull();
      expect(await store.get('a/b/c')).toBeNull();
      expect(await store.list('a/b/')).toEqual([]);
      await store.delete('a');
      await store.delete('a/b/c');
    });

    it('creates an object once, for every handle', async () => {
      const { store, other } = await opened();
      expect(await store.create('claims/1', Buffer.from('one'))).toBe(true);
      expect(await other.create('claims/1', Buffer.from('two'))).toBe(false);
      expect(await store.create('claims/1', Buffer.from('one'))).toBe(false);
      expect(text(await other.get('claims/1'))).toBe('one');
    });

    it('replaces with put, and creates again what was deleted', async () => {
      const { store, other } = await opened();
      await store.put('a/state', Buffer.from('one'));
      await other.put('a/state', Buffer.from('two'));
      expect(text(await store.get('a/state'))).toBe('two');
      expect(await store.create('a/state', Buffer.from('three'))).toBe(false);
      await store.delete('a/state');
      expect(await other.get('a/state')).toBeNull();
      expect(await store.list('')).toEqual([]);
      expect(await other.create('a/state', Buffer.from('three'))).toBe(true);
      expect(text(await store.get('a/state'))).toBe('three');
    });

    it('keeps bytes as they are, also none', async () => {
      const { store } = await opened();
      const bytes = Uint8Array.from({ length: 70_000 }, (_, i) => (i * 7 + (i >> 8)) & 255);
      // A part of a larger buffer.
      await store.put('bytes', new Uint8Array([...bytes, 1, 2]).subarray(0, bytes.length));
      await store.create('none', new Uint8Array(0));
      expect(Buffer.from(bytes).equals((await store.get('bytes'))!)).toBe(true);
      expect((await store.get('none'))!.length).toBe(0);
    });

    it('lists keys in the order of their characters, below a prefix', async () => {
      const { store } = await opened();
      const keys = ['a-b', 'a/b', 'a/b.c/d', 'a/c', 'a0', 'B', 'b/1', 'b/10', 'b/2', 'b/a/x', 'b/a-x'].sort();
      for (const key of keys) await store.put(key, Buffer.from(key));
      expect(await store.list('')).toEqual(keys);
      expect(await store.list('b/')).toEqual(['b/1', 'b/10', 'b/2', 'b/a-x', 'b/a/x']);
      expect(await store.list('b/a/')).toEqual(['b/a/x']);
      expect(await store.list('b/1/')).toEqual([]);
    });

    it('takes any name as a part of a key', async () => {
      const { store } = await opened();
      const names = [
        '.',
        '..',
        '+',
        '=',
        '@',
        'a b',
        'a%2fb',
        'Ä?*&#"<>',
        'x.tmp',
        '😀',
        'Red',
        'red',
        ' ',
        '+red',
      ];
      const keys = names.map((name) => `folds/${keyPart(name)}/result`).sort();
      for (const key of keys) expect(await store.create(key, Buffer.from(key))).toBe(true);
      expect(await store.list('folds/')).toEqual(keys);
      for (const key of keys) expect(text(await store.get(key))).toBe(key);
      for (const key of keys) await store.delete(key);
      expect(await store.list('')).toEqual([]);
    });

    it('refuses what is not a key', async () => {
      const { store } = await opened();
      const content = new Uint8Array(1);
      for (const key of ['', '../x', 'a/../../x', '/etc/passwd', 'a//b', 'a/', '.', 'a\0', 'ä']) {
        for (const call of [
          () => store.get(key),
          () => store.create(key, content),
          () => store.put(key, content),
          () => store.delete(key),
        ]) {
          await expect(call()).rejects.toThrow('cannot be the key of an object');
        }
      }
      await expect(store.list('a')).rejects.toThrow('cannot be the prefix of an object');
    });

    it('creates an object once among concurrent calls', async () => {
      const { store, other } = await opened();
      const contents = Array.from({ length: 24 }, (_, i) => Buffer.alloc(1000 + i, i));
      const created = await Promise.all(
        contents.map((content, i) => (i % 2 ? store : other).create('race/one', content)),
      );
      expect(created.filter(Boolean)).toHaveLength(1);
      expect(contents[created.indexOf(true)].equals((await store.get('race/one'))!)).toBe(true);
      expect(await store.list('')).toEqual(['race/one']);
    });

    it('creates an object once among processes', async () => {
      const { store, at } = await opened();
      const keys = Array.from({ length: 40 }, (_, i) => `race/${i % 4}/${i}`);
      const children = Array.from({ length: 4 }, (_, i) =>
        startProgram(
          at,
          `console.log('ready');
           await line();
           const made = [];
           for (const key of args.keys) if (await store.create(key, Buffer.from(args.name))) made.push(key);
           console.log(JSON.stringify(made));`,
          { keys, name: `process ${i}` },
        ),
      );
      await Promise.all(children.map(firstOutput));
      const outputs = children.map(outputOf);
      for (const child of children) child.stdin!.write('go\n');
      const made = (await Promise.all(outputs)).map((output) => JSON.parse(output) as string[]);
      expect(made.flat().sort()).toEqual([...keys].sort());
      for (const [i, own] of made.entries()) {
        for (const key of own) expect(text(await store.get(key))).toBe(`process ${i}`);
      }
      expect(await store.list('race/')).toEqual([...keys].sort());
    });

    it('gives whole objects while they are replaced', async () => {
      const { store, other } = await opened();
      await store.put('state', new Uint8Array(1 << 20));
      let writing = true;
      const write = async (handle: ObjectStore, first: number) => {
        for (let i = 0; i < 12; i++) await handle.put('state', Buffer.alloc((1 << 20) + i, first + i));
      };
      const done = Promise.all([write(store, 1), write(other, 101)]).finally(() => {
        writing = false;
      });
      const seen = new Set<number>();
      while (writing) {
        const content = (await store.get('state'))!;
        const value = content[0];
        seen.add(value);
        expect(content.length).toBe((1 << 20) + (value === 0 ? 0 : (value % 100) - 1));
        expect(content.every((byte) => byte === value)).toBe(true);
      }
      await done;
      expect(seen.size).toBeGreaterThan(1);
      expect(await store.list('')).toEqual(['state']);
    });
  });
}
