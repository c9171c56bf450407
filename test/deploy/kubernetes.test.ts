/** The manifests of deploy/kubernetes: valid for Kubernetes, and with what the command line needs. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Deployment } from 'kubernetes-models/apps/v1';
import { Job } from 'kubernetes-models/batch/v1';
import { PersistentVolumeClaim, Secret } from 'kubernetes-models/v1';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { arrayTask, podOf } from '../../src/crossval/array-task.js';
import { EXIT_CODES } from '../../src/util/errors.js';
import { lexel } from '../cli/lexel.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = join(root, 'deploy', 'kubernetes');
const KINDS = { Job, Deployment, PersistentVolumeClaim, Secret };
const MODULES = { Job: 'batch/v1', Deployment: 'apps/v1', PersistentVolumeClaim: 'v1', Secret: 'v1' };

interface Manifest {
  readonly kind: keyof typeof KINDS;
  readonly [key: string]: unknown;
}

const documents = (file: string): Manifest[] =>
  parseAllDocuments(readFileSync(join(folder, file), 'utf8'), { strict: true }).map((document) => {
    expect(document.errors).toEqual([]);
    return document.toJS();
  });
const find = <T>(file: string, kind: Manifest['kind']) =>
  documents(file).find((one) => one.kind === kind) as T;

const files = readdirSync(folder);

describe.each(files)('deploy/kubernetes/%s', (file) => {
  it('has the fields that Kubernetes requires, of the right types', () => {
    for (const manifest of documents(file)) {
      const Model = KINDS[manifest.kind];
      // A model takes any object; validate checks it against the schema.
      expect(() => new Model(manifest as never).validate()).not.toThrow();
    }
  });
});

it('the manifests have no field that Kubernetes does not know', () => {
  const lines = files.flatMap(documents).flatMap((manifest, i) => {
    const name = `I${manifest.kind}`;
    return [
      `import type { ${name} as T${i} } from 'kubernetes-models/${MODULES[manifest.kind]}';`,
      `export const m${i}: T${i} = ${JSON.stringify(manifest)};`,
    ];
  });
  expect(problemsOf(lines.join('\n'))).toEqual([]);
  // The check itself: a misspelt field.
  expect(problemsOf(lines.join('\n').replace('"completionMode"', '"completionmode"')).join()).toContain(
    '\'"completionmode"\' does not exist',
  );
});

/** What the compiler finds in a file of this project. */
function problemsOf(text: string): string[] {
  const name = join(root, 'test', 'deploy', 'manifests.ts');
  const options: ts.CompilerOptions = {
    ...{ strict: true, noEmit: true, skipLibCheck: true, types: [] },
    ...{ module: ts.ModuleKind.NodeNext, moduleResolution: ts.ModuleResolutionKind.NodeNext },
    target: ts.ScriptTarget.ES2022,
  };
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists } = host;
  host.fileExists = (file) => file === name || fileExists(file);
  host.getSourceFile = (file, ...rest) =>
    file === name ? ts.createSourceFile(file, text, ts.ScriptTarget.ES2022) : getSourceFile(file, ...rest);
  const program = ts.createProgram([name], options, host);
  return ts
    .getPreEmitDiagnostics(program)
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, ' '));
}

interface Container {
  readonly name: string;
  readonly command?: string[];
  readonly args: string[];
  readonly env: { name: string; value?: string; valueFrom?: object }[];
}

interface JobManifest {
  readonly spec: {
    readonly completions: number;
    readonly parallelism: number;
    readonly maxFailedIndexes: number;
    readonly podFailurePolicy: {
      rules: { action: string; onExitCodes?: { containerName: string; values: number[] } }[];
    };
    readonly template: { spec: { containers: Container[] } };
  };
}

describe('the job', () => {
  const { spec } = find<JobManifest>('job.yaml', 'Job');
  const [container] = spec.template.spec.containers;

  it('fails an index by the exit codes that no other start mends', () => {
    const rule = spec.podFailurePolicy.rules.find(({ action }) => action === 'FailIndex');
    expect(rule?.onExitCodes).toEqual({
      ...{ containerName: container.name, operator: 'In' },
      values: [EXIT_CODES.usage, EXIT_CODES.poisoned],
    });
    expect(spec.maxFailedIndexes).toBe(spec.completions);
  });

  it('gives each pod its shard, with options that the command line has', async () => {
    const words = container.args[0].split(/\s+/);
    expect(words.slice(0, 3)).toEqual(['exec', 'lexel', 'loo']);
    const { out } = await lexel(['loo', '--help']);
    for (const flag of words.filter((word) => word.startsWith('--'))) expect(out).toContain(`${flag} `);
    expect(container.args[0]).toContain('--shard "$((JOB_COMPLETION_INDEX + 1))/$SHARDS"');
    expect(container.env.find(({ name }) => name === 'SHARDS')?.value).toBe(`${spec.completions}`);
  });

  it('sets the variables that name its task', () => {
    const values = { LEXEL_JOB: 'job', LEXEL_POD: 'pod', LEXEL_JOB_FAILURES: '2', LEXEL_JOB_IGNORED: '' };
    const set = container.env.map(({ name }) => name).filter((name) => name in values);
    expect(set.sort()).toEqual(Object.keys(values).sort());
    const environment = { ...values, JOB_COMPLETION_INDEX: '4' };
    expect(arrayTask(environment)).toEqual({ name: 'kubernetes job 4', start: 2 });
    expect(podOf(environment)).toBe('pod');
  });
});

it('the workers are started with options that the command line has', async () => {
  const { spec } = find<{ spec: JobManifest['spec'] }>('workers.yaml', 'Deployment');
  const [command, ...args] = spec.template.spec.containers[0].args;
  const { code, out } = await lexel([command, '--help']);
  expect(code).toBe(0);
  for (const flag of args.filter((word) => word.startsWith('--'))) expect(out).toContain(`${flag} `);
});
