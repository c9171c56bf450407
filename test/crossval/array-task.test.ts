import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { arrayTask, podOf } from '../../src/crossval/array-task.js';
import { takeLocks } from '../../src/crossval/lock.js';
import { lockState } from '../../src/crossval/lock-file.js';

const root = mkdtempSync(join(tmpdir(), 'lexel-array-task-'));
afterAll(() => rmSync(root, { recursive: true }));
afterEach(() => vi.unstubAllEnvs());

const SLURM = {
  SLURM_CLUSTER_NAME: 'big',
  SLURM_JOB_ID: '1240',
  SLURM_ARRAY_JOB_ID: '1234',
  SLURM_ARRAY_TASK_ID: '5',
};
const POD = { JOB_COMPLETION_INDEX: '0', LEXEL_JOB: 'job-uid', LEXEL_POD: 'pod-uid' };

describe('arrayTask', () => {
  it('is null outside of a job', () => {
    expect(arrayTask({})).toBe(null);
    expect(podOf({ LEXEL_POD: 'x' })).toBe(null);
  });

  it("names a task of Slurm, whose job id differs between an array's tasks", () => {
    expect(arrayTask(SLURM)).toEqual({ name: 'slurm big 1234_5', start: 0 });
    expect(arrayTask({ ...SLURM, SLURM_RESTART_COUNT: '2' })).toEqual({ name: 'slurm big 1234_5', start: 2 });
    expect(arrayTask({ SLURM_CLUSTER_NAME: 'big', SLURM_JOB_ID: '7' })).toEqual({
      ...{ name: 'slurm big 7', start: 0 },
    });
  });

  it('counts all failures of an index of Kubernetes, whose annotations are empty at first', () => {
    const first = { ...POD, LEXEL_JOB_FAILURES: '0', LEXEL_JOB_IGNORED: '' };
    expect(arrayTask(first)).toEqual({ name: 'kubernetes job-uid 0', start: 0 });
    expect(arrayTask({ ...first, LEXEL_JOB_FAILURES: '1', LEXEL_JOB_IGNORED: '3' })?.start).toBe(4);
    expect(podOf(first)).toBe('pod-uid');
  });

  it.each<[string, NodeJS.ProcessEnv]>([
    ['a number of restarts that is none', { ...SLURM, SLURM_RESTART_COUNT: '-1' }],
    ['a number of failures that is none', { ...POD, LEXEL_JOB_FAILURES: 'one' }],
    ['no job', { ...POD, LEXEL_JOB: '' }],
    ['no pod', { ...POD, LEXEL_POD: '' }],
    ['no index', { ...POD, JOB_COMPLETION_INDEX: '' }],
  ])('is null with %s', (_, environment) => {
    expect(arrayTask(environment)).toBe(null);
  });
});

describe('takeLocks in an array job', () => {
  let files = 0;
  /** A lock that a process on another machine has left. */
  const leftBy = (task: object | undefined, host = 'elsewhere') => {
    const one = { file: join(root, `${files++}.lock`), what: 'fold x' };
    const holder = { pid: process.pid, host, began: null, since: '2026-01-01T00:00:00Z', id: 'a', task };
    writeFileSync(one.file, `${JSON.stringify(holder)}\n`);
    return one;
  };
  const start = (count: number) => {
    for (const [name, value] of Object.entries(SLURM)) vi.stubEnv(name, value);
    vi.stubEnv('SLURM_RESTART_COUNT', `${count}`);
  };
  const own = (count: number) => ({ name: 'slurm big 1234_5', start: count });

  it('takes over what an earlier start of the task held on another machine', () => {
    start(2);
    for (const earlier of [0, 1]) {
      const one = leftBy(own(earlier));
      takeLocks([one])(one.file);
      expect(existsSync(one.file)).toBe(false);
    }
  });

  it('writes its own task into the lock, for its next start', () => {
    start(1);
    const one = { file: join(root, 'own.lock'), what: 'fold x' };
    takeLocks([one]);
    expect(JSON.parse(readFileSync(one.file, 'utf8'))).toMatchObject({ host: hostname(), task: own(1) });
  });

  it.each<[string, object | undefined]>([
    ['the same start, such as two commands of one job on two machines', own(1)],
    ['a later start', own(2)],
    ['another task of the job', { name: 'slurm big 1234_6', start: 0 }],
    ['the same task of another job', { name: 'slurm big 1230_5', start: 0 }],
    ['a task of another cluster', { name: 'slurm small 1234_5', start: 0 }],
    ['a process outside of jobs', undefined],
  ])('leaves what is held on another machine by %s', (_, task) => {
    start(1);
    const one = leftBy(task);
    expect(() => takeLocks([one])).toThrow(`is locked by process ${process.pid} on elsewhere`);
  });

  it('leaves what an earlier start holds outside of a job, and what a living process of this machine holds', () => {
    const one = leftBy(own(0));
    expect(() => takeLocks([one])).toThrow('on elsewhere');
    start(1);
    const two = leftBy(own(0), hostname());
    writeFileSync(two.file, readFileSync(two.file, 'utf8').replace('2026-01', '2999-01'));
    expect(() => takeLocks([two])).toThrow(/is locked by process \d+ since/);
  });

  it('does not take pods with the same host name for one machine', () => {
    const pod = (uid: string, failures: string) => {
      for (const [name, value] of Object.entries({ ...POD, LEXEL_POD: uid, LEXEL_JOB_FAILURES: failures }))
        vi.stubEnv(name, value);
    };
    const one = { file: join(root, 'pod.lock'), what: 'fold x' };
    pod('first', '0');
    takeLocks([one]);
    // The same process id in both pods says nothing.
    pod('other', '0');
    expect(lockState(one.file)).toMatchObject({ state: 'elsewhere' });
    pod('next', '1');
    expect(lockState(one.file)).toMatchObject({ state: 'gone' });
    takeLocks([one]);
    pod('first', '0');
    expect(() => takeLocks([one])).toThrow('on ');
  });
});
