/** Finds the images of a folder data set: its class folders with their subfolders, and unreadable files and folders. */
import { basename, dirname, join, relative, sep } from 'node:path';
import { FormatError } from '../util/errors.js';
import type { FilePath } from '../util/file-path.js';
import { visible } from '../util/visible.js';
import { MAX_CLASSES } from './dataset.js';
import { PassedOverCount } from './passed-over.js';
import type { BrokenFile } from './types.js';
import {
  type FailedEntry,
  type FoundImage,
  folderKey,
  listFolder,
  type PassedEntry,
  walkImages,
} from './walk-images.js';

/** A half of the folder's train/test split; `all` if the folder is not split. */
export type Part = 'train' | 'test' | 'all';

/** One image before it is decoded. */
export interface Entry {
  readonly file: FoundImage;
  readonly label: number;
  readonly part: Part;
}

export interface ClassFolders {
  /** Labels: the names of the class folders in code-point order, normalised to NFC. */
  readonly labels: readonly string[];
  /** The folder of each class in each part, in the order of the labels. */
  readonly folders: Readonly<Partial<Record<Part, readonly ClassFolder[]>>>;
  /** Class by class, in the order of the walk. */
  readonly entries: readonly Entry[];
}

export interface ClassFolder {
  readonly label: string;
  /** The folder's name as on disk, not normalised. */
  readonly name: string;
  readonly path: string;
}

export const LAYOUT =
  'Expected: <folder>/<class>/*.png|jpg|webp, or <folder>/train/<class>/... with <folder>/test/<class>/...';

/** Collects the entries that are not readable images. */
export class Notes {
  readonly passed = new PassedOverCount();
  private readonly list: BrokenFile[] = [];

  constructor(private readonly dir: string) {}

  /** Dead links count as broken, not as passed over, because the target may have been a folder of images. */
  add(entry: PassedEntry | FailedEntry): void {
    if (entry.kind === 'failed') this.fail(entry.error);
    else if (entry.reason === 'deadLink')
      this.fail(new FormatError(entry.shown, 'is a link that leads nowhere'));
    else this.passed.add(entry);
  }

  fail({ file, problem }: FormatError): void {
    this.list.push({ file: relative(this.dir, file).split(sep).join('/'), reason: problem });
  }

  /** Sorted by name. */
  get broken(): BrokenFile[] {
    return this.list.sort((a, b) => (a.file < b.file ? -1 : 1));
  }

  /** An error in the folder's layout. It lists the unreadable entries too, since they may be the cause. */
  fault(file: string, problem: string, hint = LAYOUT): FormatError {
    const also = this.list.length > 0 ? `; ${brokenList(this.broken, BROKEN_NAMED)}` : '';
    return new FormatError(file, `${problem}${also}`, hint);
  }
}

/** Maximum number of broken files that an error message lists. */
export const BROKEN_NAMED = 20;

/** "2 files or folders cannot be read:", then a line for each of the first `most`, and the number of the others. */
export function brokenList(broken: readonly BrokenFile[], most = broken.length): string {
  const lines = broken.slice(0, most).map(({ file, reason }) => `\n  ${visible(file)}: ${reason}`);
  const more = broken.length > most ? `\n  and ${broken.length - most} more` : '';
  return `${brokenCount(broken)} cannot be read:${lines.join('')}${more}`;
}

/** "1 file or folder". */
export function brokenCount({ length }: readonly BrokenFile[]): string {
  return length === 1 ? '1 file or folder' : `${length} files or folders`;
}

/**
 * Lists a folder's classes and their images, in `dir/<class>/...`, or in `dir/train/<class>/...` and
 * `dir/test/<class>/...`.
 *
 * @param notes collects entries that are passed over or cannot be read
 * @throws FormatError if `dir` cannot be read, or has too few, too many or ambiguous classes
 */
export async function findClassFolders(dir: string, notes: Notes): Promise<ClassFolders> {
  const top = await foldersIn(dir, notes);
  const [train, test] = ['train', 'test'].map((name) => top.find((folder) => folder.name === name));
  const folders: Partial<Record<Part, ClassFolder[]>> = {};
  if (train && test) {
    for (const { path } of top)
      if (path !== train.path && path !== test.path) notes.passed.add({ reason: 'outside', shown: path });
    folders.train = await foldersIn(train.path, notes);
    folders.test = await foldersIn(test.path, notes);
  } else {
    folders.all = top;
  }
  const parts = Object.entries(folders) as [Part, ClassFolder[]][];
  const around = new Set<string>();
  for (const path of [dir, ...(train && test ? [train.path, test.path] : [])])
    around.add(await folderKey(path));
  const owners = await ownersOf(
    parts.flatMap(([, list]) => list),
    notes,
  );
  const entered = new Set<string>();
  const images = new Map<ClassFolder, FoundImage[]>();
  for (const [part, list] of parts) {
    for (const folder of list) {
      const closed = { has: (key: string) => around.has(key) || belongsToOther(key, folder, owners) };
      const files = await imagesIn(folder, closed, entered, notes);
      if (files) images.set(folder, files);
    }
    folders[part] = list.filter((folder) => images.has(folder));
  }
  const labels = (folders.train ?? folders.all)!.map(({ label }) => label);
  checkClasses(dir, labels, top, notes);
  if (folders.test) folders.test = counterparts(dir, folders.train!, folders.test, notes);
  const entries = parts.flatMap(([part]) =>
    folders[part]!.flatMap((folder, label) => images.get(folder)!.map((file) => ({ file, part, label }))),
  );
  return { labels, folders, entries };
}

/** The folders in `dir`, including links to folders. */
async function foldersIn(dir: string, notes: Notes): Promise<ClassFolder[]> {
  const found: ClassFolder[] = [];
  for await (const entry of withHint(listFolder(dir))) {
    if (entry.kind === 'folder') found.push(classFolder(entry.path, entry.shown, notes));
    else if (entry.kind === 'image') notes.passed.add({ reason: 'outside', shown: entry.shown });
    else notes.add(entry);
  }
  const labels = new Set<string>();
  for (const { label } of found) {
    if (labels.has(label)) {
      throw notes.fault(
        dir,
        `two class folders have the name "${label}" in different Unicode normalisations`,
        'Merge them or rename one.',
      );
    }
    labels.add(label);
  }
  return found;
}

function classFolder(path: FilePath, shown: string, notes: Notes): ClassFolder {
  if (typeof path !== 'string') {
    throw notes.fault(
      shown,
      'the name of this class folder is not valid UTF-8, so it cannot be a label',
      'Rename the folder.',
    );
  }
  const name = basename(path);
  return { label: name.normalize('NFC'), name, path };
}

async function* withHint<T>(entries: AsyncIterable<T>): AsyncGenerator<T> {
  try {
    yield* entries;
  } catch (error) {
    throw error instanceof FormatError ? new FormatError(error.file, error.problem, LAYOUT) : error;
  }
}

/** Maps {@link folderKey} to class folders of all parts, without unreadable ones. */
async function ownersOf(folders: readonly ClassFolder[], notes: Notes): Promise<Map<string, ClassFolder>> {
  const owners = new Map<string, ClassFolder>();
  for (const folder of folders) {
    const key = await folderKey(folder.path).catch(() => undefined); // reported when its images are read
    const other = key === undefined ? undefined : owners.get(key);
    if (other) throw notes.fault(folder.path, `is the same folder as ${other.path}`, 'Remove one of them.');
    if (key !== undefined) owners.set(key, folder);
  }
  return owners;
}

/** Whether a folder belongs to another class: the nearest class folder that contains it decides. */
function belongsToOther(key: string, own: ClassFolder, owners: ReadonlyMap<string, ClassFolder>): boolean {
  for (let at = key, above = ''; at !== above; above = at, at = dirname(at)) {
    const owner = owners.get(at);
    if (owner) return owner !== own;
  }
  return false;
}

/**
 * The images of a class; undefined if the folder cannot be read, in which case it counts as broken and not as a class.
 *
 * @param closed folders that links are not followed into: those of other classes, and the parents of class folders
 * @param entered folders outside the data set that links have led to; each belongs to the first class that links to it
 */
async function imagesIn(
  { path }: ClassFolder,
  closed: Pick<ReadonlySet<string>, 'has'>,
  entered: Set<string>,
  notes: Notes,
): Promise<FoundImage[] | undefined> {
  const files: FoundImage[] = [];
  try {
    for await (const entry of walkImages(path, closed, entered)) {
      if (entry.kind === 'image') files.push(entry);
      else notes.add(entry);
    }
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    notes.fail(error);
    return undefined;
  }
  return files;
}

function checkClasses(
  dir: string,
  labels: readonly string[],
  top: readonly ClassFolder[],
  notes: Notes,
): void {
  if (labels.length > MAX_CLASSES)
    throw notes.fault(dir, `has ${labels.length} classes, at most ${MAX_CLASSES}`);
  if (labels.length >= 2) return;
  const halves = top.filter(({ name }) => name === 'train' || name === 'test');
  throw notes.fault(
    dir,
    halves.length === 1
      ? `has a folder "${halves[0].name}" but not its counterpart`
      : `has ${labels.length === 0 ? 'no class folder' : 'only one class folder'}, at least two are needed`,
  );
}

/** The test folders in the order of the train folders. Names with the same NFC form are the same class. */
function counterparts(
  dir: string,
  train: readonly ClassFolder[],
  test: readonly ClassFolder[],
  notes: Notes,
): ClassFolder[] {
  const rest = new Map(test.map((folder) => [folder.label, folder]));
  const found = train.map(({ label, name }) => {
    const folder = rest.get(label);
    rest.delete(label);
    return folder ?? name;
  });
  for (const { path } of rest.values()) throw notes.fault(path, 'is a class without a folder in train');
  return found.map((folder) => {
    if (typeof folder !== 'string') return folder;
    throw notes.fault(join(dir, 'test', folder), 'no such folder');
  });
}
