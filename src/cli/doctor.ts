/**
 * `lexel doctor`: what this machine offers Lexel. The backend and why it was chosen, the speed of a core, data sets and
 * word vectors that are found, and what to do next.
 */

import type { Command } from 'commander';
import { BUILD_COMMAND, loadNative } from '../binding/native.js';
import { findDataset, PUBLISHED_NAMES } from '../data/index.js';
import { openBackend } from '../engine/index.js';
import { BUNDLED_MODEL } from '../search/index.js';
import { checkDataDirectory, dataDirectories } from '../util/data-dir.js';
import { LexelError } from '../util/errors.js';
import { counted } from '../util/format.js';
import { machineMemory, usableCores } from '../util/machine.js';
import { VERSION } from '../util/version.js';
import { BUNDLED_WORDS, findWords, GLOVE_DIMENSIONS } from '../words/index.js';
import { table } from './table.js';
import { print, printJson } from './terminal.js';

/** Where something is, or null if it was not found. */
type Found = Record<string, string | null>;

/** What `lexel doctor --json` prints. */
export interface Diagnosis {
  readonly version: string;
  readonly node: string;
  /** Such as "linux x64, glibc 2.36". */
  readonly system: string;
  readonly cpu: string;
  readonly cores: number;
  /** In bytes. */
  readonly memory: number;
  readonly backend: string;
  readonly isa: string;
  readonly build: string;
  /** Multiply-adds in registers on one core, in GFLOP/s. */
  readonly peak: number;
  /** The addon's file and its origin; null without an addon. */
  readonly addon: { readonly file: string; readonly origin: string } | null;
  /** Why the native backend is not used; null if it is. */
  readonly problem: string | null;
  /** Directories that are searched for data sets and word vectors, in order. */
  readonly searched: readonly string[];
  readonly data: Found;
  readonly words: Found;
  readonly model: string;
  readonly next: readonly string[];
}

export function doctorCommand(command: Command): void {
  command
    .option('--data-dir <dir>', 'directory that is searched first for data sets and word vectors')
    .option('--json', 'print JSON')
    .action(async (flags: { dataDir?: string; json?: boolean }) => {
      const diagnosis = await diagnose(flags.dataDir);
      if (flags.json) printJson(diagnosis);
      else print(diagnosisText(diagnosis));
    });
}

export async function diagnose(dataDir?: string): Promise<Diagnosis> {
  checkDataDirectory(dataDir);
  const { addon, file = '', origin = '', problem } = loadNative();
  const backend = openBackend('auto');
  const { backend: name, isa, build, cpu, skippedNative = null } = backend.info;
  const data: Found = { shapes: 'drawn by Lexel' };
  for (const set of PUBLISHED_NAMES) data[set] = whereFound(() => findDataset(set, dataDir));
  const words: Found = { ...BUNDLED_WORDS };
  for (const dimension of GLOVE_DIMENSIONS) {
    const spec = `glove:${dimension}`;
    words[spec] = whereFound(() => findWords(spec, { dataDir }).file);
  }
  const facts = {
    version: VERSION,
    node: process.versions.node,
    system: [`${process.platform} ${process.arch}`, ...cLibrary()].join(', '),
    cpu,
    cores: usableCores(),
    memory: machineMemory(),
    backend: name,
    isa,
    build,
    peak: (await backend.peak()) / 1e9,
    addon: addon ? { file, origin } : null,
    problem: problem ?? skippedNative,
    searched: dataDirectories(dataDir),
    data,
    words,
    model: BUNDLED_MODEL,
  };
  return { ...facts, next: nextSteps(facts) };
}

function whereFound(find: () => string): string | null {
  try {
    return find();
  } catch (error) {
    if (error instanceof LexelError && error.code === 'LEXEL_NOT_FOUND') return null;
    throw error;
  }
}

/** The C library of a Linux system: "glibc 2.36", or "musl or another" where Node does not name glibc. */
function cLibrary(): string[] {
  if (process.platform !== 'linux') return [];
  const { header } = process.report.getReport() as { header: { glibcVersionRuntime?: string } };
  return [header.glibcVersionRuntime ? `glibc ${header.glibcVersionRuntime}` : 'musl or another C library'];
}

function nextSteps({ problem, data, words }: Omit<Diagnosis, 'next'>): string[] {
  const steps = ['Try Lexel in a minute: lexel demo', 'Name what is in an image: lexel classify photo.jpg'];
  if (problem)
    steps.unshift(`Train several times faster, natively; this needs a C++ compiler: ${BUILD_COMMAND}`);
  if (!data['cifar-100']) steps.push('Get the images of the experiment: lexel data get cifar-100');
  if (GLOVE_DIMENSIONS.every((dimension) => !words[`glove:${dimension}`]))
    steps.push('Get all of its word vectors: lexel words get glove.6B');
  return steps;
}

const ORIGINS: Readonly<Record<string, string>> = {
  built: 'built on this machine',
  shipped: 'comes with the package',
  chosen: 'chosen by LEXEL_ADDON',
};

export function diagnosisText(d: Diagnosis): string {
  const found = (all: Found) =>
    Object.entries(all)
      .map(([name, place]) => (place ? name : `${name} (not found)`))
      .join(', ');
  const why = d.addon && !d.problem ? `the addon ${ORIGINS[d.addon.origin]}` : `because ${d.problem}`;
  const rows = [
    ['Lexel', `${d.version}, Node ${d.node}, ${d.system}`],
    ['machine', `${d.cpu}, ${counted(d.cores, 'core')}, ${(d.memory / 2 ** 30).toFixed(0)} GiB of memory`],
    ['backend', `${d.backend} (${d.isa}): ${why}`],
    ['speed', `${d.peak.toFixed(0)} GFLOP/s on one core at most`],
    ['data sets', found(d.data)],
    ['word vectors', found(d.words)],
    ['searched', d.searched.join(', ')],
  ];
  return [table(undefined, rows), '', 'Next:', ...d.next.map((step) => `  ${step}`)].join('\n');
}
