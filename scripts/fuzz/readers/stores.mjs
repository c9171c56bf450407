// Readers of what a queue's workers and coordinators find in a store and in Redis. Each reader damages one object of an experiment in a store,
// one message in Redis, or the answer of an S3 service, and calls what reads it.
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { dirname, join } from 'node:path';
import { workersOf, writeWorkersFile } from '../../../dist/crossval/workers-file.js';
import { makeDataset } from '../../../dist/data/dataset.js';
import { datasetFromStore, datasetToStore } from '../../../dist/queue/dataset-object.js';
import { FoldTaker } from '../../../dist/queue/fold-queue.js';
import { collectGarbage } from '../../../dist/queue/gc.js';
import { foldsInTraining } from '../../../dist/queue/live-folds.js';
import { announced, workersPresent } from '../../../dist/queue/registry.js';
import { StoredExperiment } from '../../../dist/queue/stored-experiment.js';
import { FolderStore } from '../../../dist/queue/stores/folder-store.js';
import { isKey } from '../../../dist/queue/stores/keys.js';
import { s3Place } from '../../../dist/queue/stores/s3-place.js';
import { S3Store } from '../../../dist/queue/stores/s3-store.js';
import { liveWorkers } from '../../../dist/server/live/live-run.js';
import { JSON_FILE, LINES } from '../codecs/plain.mjs';
import { FOLD, RUN } from '../run-seed.mjs';

const ID = '0123456789abcdef';
const TIME = '2026-01-01T12:00:00.000Z';
const WORKER = { id: 'a1b2c3d4', host: 'node-1', pid: 1234 };
const NOT_JSON = [/is not JSON/];
const HASH = 'a'.repeat(64);

const file = { sha256: HASH, bytes: 10 };
const commit = (seed) => ({
  ...{ fold: FOLD.id, token: seed, worker: WORKER, time: TIME },
  files: { outputs: file, model: file, log: file },
});
const failure = { message: 'training diverged', hint: 'a hint', worker: WORKER, time: TIME };

const experimentIn = (dir) => new StoredExperiment(new FolderStore(join(dir, 'store')), ID);

/**
 * The reader of one object of an experiment.
 * @param key of the object, below the experiment
 * @param record the object's content for a seed
 * @param read called with the experiment and its fold
 */
const ofObject = (key, record, read) => ({
  file: 'x',
  place(dir) {
    const path = join(dir, 'store', ID, key);
    mkdirSync(dirname(path), { recursive: true });
    return path;
  },
  write: (path, seed) => writeFileSync(path, `${JSON.stringify(record(seed))}\n`),
  codec: JSON_FILE,
  outer: NOT_JSON,
  read(_path, { dir }) {
    const experiment = experimentIn(dir);
    return read(experiment, experiment.fold(FOLD.id));
  },
});

const claimKey = (token) => `claims/${FOLD.id}/${String(token).padStart(8, '0')}.json`;

/** Keys, one a line. Their numbers are mutated as integers, and keep eight digits if they fit. */
const KEYS = {
  open: (bytes) =>
    bytes
      .toString('utf8')
      .split(/(?<=\D)(?=\d{8}(?!\d))|(?<=(?<!\d)\d{8})(?=\D)/)
      .map((part) =>
        /^\d{8}$/.test(part)
          ? { kind: 'integer', value: BigInt(part) }
          : { kind: 'lines', bytes: Buffer.from(part) },
      ),
  close: (parts) =>
    Buffer.concat(parts.map(({ value, bytes }) => bytes ?? Buffer.from(String(value).padStart(8, '0')))),
};

/** A store with these keys, whose objects all have the same content. What is created or deleted is forgotten. */
const storeOf = (keys, content) => ({
  name: 'the store',
  get: async () => Buffer.from(content),
  create: async (key) => !keys.includes(key),
  put: async () => {},
  list: async (prefix) => keys.filter((key) => key.startsWith(prefix) && isKey(key)).sort(),
  delete: async () => {},
});

/** Redis with one experiment and one worker. */
const redisOf = (text) => ({
  hgetall: async () => ({ [ID]: text }),
  smembers: async () => ['a'],
  mget: async () => [text],
  srem: async () => 0,
});

const presence = (seed) => ({
  ...{ ...WORKER, cores: 2, since: TIME },
  folds: [
    {
      ...{ experiment: ID, fold: FOLD.id, token: seed, epoch: 1, epochs: 5, steps: 40 },
      imagesPerSecond: 1234.5,
    },
  ],
});

/** A message in Redis. Whoever reads it passes over what is damaged. */
const ofMessage = (record, read) => ({
  file: 'message.json',
  write: (path, seed) => writeFileSync(path, JSON.stringify(record(seed))),
  codec: JSON_FILE,
  outer: NOT_JSON,
  read: (_path, { bytes }) => read(bytes.toString('utf8')),
});

/** A taker whose queue hands out one job with these data. */
function takerOf(data) {
  const taker = Object.create(FoldTaker.prototype);
  const job = {
    id: 'fold-a',
    get data() {
      return JSON.parse(data);
    },
    moveToCompleted: async () => {},
  };
  // BullMQ parses the data before it hands out the job.
  const getNextJob = async () => job.data !== undefined && job;
  return Object.assign(taker, { worker: { name: `folds-${ID}`, getNextJob }, lock: 1000 });
}

const IMAGES = { size: 2, train: 6, test: 4 };

function dataset(seed) {
  const set = (count, from) => ({
    ...{ count, size: IMAGES.size },
    pixels: Uint8Array.from({ length: count * IMAGES.size ** 2 * 3 }, (_, i) => (from + 7 * i) % 256),
    labels: Uint16Array.from({ length: count }, (_, i) => i % 2),
  });
  return makeDataset({
    ...{ name: 'drawn', classes: ['circle', 'square'], superclasses: ['shape'], superclassOf: [0, 0] },
    ...{ train: set(IMAGES.train, seed), test: set(IMAGES.test, seed + 1) },
  });
}

/** One object of a data set. All of them are written again before each case. */
const ofDataset = (name, codec, more) => ({
  file: 'x',
  codec,
  place: (dir) => join(dir, 'store', 'data', dataset(1).orderedHash, name),
  async write(path, seed, dir) {
    const objects = new Map();
    const store = { get: async () => null, put: async (key, bytes) => objects.set(key, bytes) };
    await datasetToStore({ ...store, create: store.put }, dataset(seed));
    for (const [key, bytes] of objects) {
      if (key.endsWith(`/${name}`)) writeFileSync(path, bytes);
      if (seed !== 1) continue;
      mkdirSync(dirname(join(dir, 'store', key)), { recursive: true });
      writeFileSync(join(dir, 'store', key), bytes);
    }
  },
  names: /store\/data/,
  async read(_path, { dir }) {
    const { orderedHash } = dataset(1);
    const { size, train: trainCount, test: testCount } = IMAGES;
    const about = { ...RUN.dataset, orderedHash, size, trainCount, testCount };
    const {
      name: own,
      classes,
      train,
      test,
    } = await datasetFromStore(new FolderStore(join(dir, 'store')), { ...RUN, dataset: about });
    return [own, classes, train, test];
  },
  ...more,
});

const CREDENTIALS = { AWS_ACCESS_KEY_ID: 'key', AWS_SECRET_ACCESS_KEY: 'secret' };

let answer = { status: 200, body: Buffer.alloc(0) };
let store;

/** A store in S3 whose service gives this answer to everything. */
async function s3With(status, body) {
  answer = { status, body };
  if (store) return store;
  const server = createServer((request, response) => {
    request.resume();
    response.writeHead(answer.status, { 'content-length': answer.body.length });
    response.end(answer.body);
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  server.unref();
  const endpoint = `http://127.0.0.1:${server.address().port}`;
  const place = s3Place('s3://bucket/prefix', { ...CREDENTIALS, AWS_ENDPOINT_URL_S3: endpoint });
  store = new S3Store(place, { pauses: { patience: 0 } });
  return store;
}

const listing = (seed) =>
  [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>bucket</Name>',
    `<Prefix>prefix/claims/</Prefix><EncodingType>url</EncodingType><KeyCount>2</KeyCount><MaxKeys>${1000 * seed}</MaxKeys>`,
    '<IsTruncated>false</IsTruncated>',
    ...['00000001', 'a%2Bb'].map(
      (name) =>
        `<Contents><Key>prefix/claims/fold/${name}.json</Key><Size>${seed}</Size><ETag>&quot;0&quot;</ETag></Contents>`,
    ),
    '</ListBucketResult>\n',
  ].join('\n');

export const STORE_READERS = {
  'store: plan': ofObject(
    'plans/0123456789abcdef.json',
    (seed) => ({ folds: [FOLD, { id: 'Split 1/ä', heldOut: [0, seed] }], attempts: 3 }),
    (experiment) => experiment.plan(),
  ),
  'store: claim': ofObject(
    claimKey(10),
    (seed) => ({ worker: WORKER, epoch: seed - 1, time: TIME }),
    async (experiment, fold) => {
      for (let token = 1; token < 10; token++)
        await experiment.store.create(
          experiment.key(claimKey(token)),
          Buffer.from(JSON.stringify({ worker: WORKER, epoch: 0, time: TIME })),
        );
      return [await fold.crashes(), await fold.holds(10), await fold.releaseClaim(10)];
    },
  ),
  'store: commit': ofObject(`commits/${FOLD.id}.json`, commit, async (_, fold) => {
    const result = await fold.result();
    await fold.content(result).catch((error) => {
      if (error.code !== 'LEXEL_STORE') throw error; // its files are missing
    });
    return result;
  }),
  'store: duplicate': ofObject(
    `duplicates/${FOLD.id}/00000002.json`,
    (seed) => ({ ...commit(2), equal: seed === 1 }),
    (_, fold) => fold.duplicates(),
  ),
  'store: failure': ofObject(
    `failures/${FOLD.id}/00000001.json`,
    () => failure,
    (_, fold) => fold.failures(),
  ),
  'store: poisoned': ofObject(
    `poisoned/${FOLD.id}.json`,
    () => ({ ...failure, fold: FOLD.id }),
    (experiment) => experiment.poisoned(),
  ),
  'store: cancelled': ofObject(
    'cancelled.json',
    () => ({ time: TIME }),
    (experiment) => experiment.isCancelled(),
  ),
  'store: run.json': ofObject(
    'run.json',
    (seed) => ({ ...RUN, seed }),
    (experiment) => experiment.run(),
  ),
  'store: names': {
    file: 'names.txt',
    write: (path, seed) =>
      writeFileSync(
        path,
        [
          `experiments/${ID}.json`,
          ...[claimKey(1), claimKey(seed + 1), `commits/${FOLD.id}.json`, `poisoned/+split=20${seed}.json`],
          ...[`duplicates/${FOLD.id}/00000001.json`, `files/${FOLD.id}/00000001/outputs`],
          ...[`checkpoints/${FOLD.id}/00000001-00000001.safetensors`, `plans/${ID}.json`],
        ]
          .map((key, i) => (i === 0 ? key : `${ID}/${key}`))
          .join('\n'),
      ),
    codec: KEYS,
    outer: [],
    names: /the store/,
    async read(_path, { bytes }) {
      const text = JSON.stringify({ ...commit(1), ...failure, folds: [FOLD], attempts: 2, epoch: 0 });
      const store = storeOf(bytes.toString('utf8').split('\n'), text);
      const experiment = new StoredExperiment(store, ID);
      const fold = experiment.fold(FOLD.id);
      const all = await StoredExperiment.all(store);
      const names = [await experiment.committed(), await experiment.givenUp(), await experiment.duplicated()];
      const checkpoints = await fold.checkpoints();
      const token = await fold.claim(WORKER, 0);
      if (!Number.isSafeInteger(token)) throw new Error(`${token} is no token`);
      await fold.keepCheckpoint(token, 2, Buffer.alloc(1), Buffer.alloc(1));
      return [
        all.map(({ id }) => id),
        names.map((one) => [...one]),
        checkpoints,
        await collectGarbage(store),
      ];
    },
  },
  'store: data set': ofDataset('index.json', JSON_FILE, { outer: NOT_JSON }),
  'store: images': ofDataset(
    'train-pixels-0',
    { open: (bytes) => [{ kind: 'bytes', bytes }], close: ([{ bytes }]) => bytes },
    { outer: [], checked: () => true },
  ),
  'S3: list': {
    file: 'list.xml',
    write: (path, seed) => writeFileSync(path, listing(seed)),
    codec: LINES,
    outer: [/not a list/],
    names: /s3:\/\/bucket/,
    read: async (_path, { bytes }) => (await s3With(200, bytes)).list('claims/'),
  },
  'S3: fault': {
    file: 'fault.xml',
    write: (path, seed) =>
      writeFileSync(
        path,
        `<?xml version="1.0"?>\n<Error><Code>${seed === 1 ? 'NoSuchKey' : 'AccessDenied'}</Code><Message>no</Message></Error>\n`,
      ),
    codec: LINES,
    outer: [],
    names: /s3:\/\/bucket/,
    read: async (_path, { bytes }) => (await s3With(403, bytes)).get('claims/a.json'),
  },
  'queue: job': {
    ...ofMessage(
      (seed) => ({ fold: `split-${seed}` }),
      async (text) => (await takerOf(text).take())?.fold,
    ),
    names: /folds-0123456789abcdef/,
  },
  'queue: announcement': ofMessage(
    (seed) => ({ store: `/store/${seed}`, run: 'lexel loo', time: TIME }),
    async (text) => [...(await announced(redisOf(text)))],
  ),
  'queue: presence': ofMessage(presence, async (text) => {
    const workers = await workersPresent(redisOf(text));
    return [workers, [...foldsInTraining(workers, ID, new Set([FOLD.id]))]];
  }),
  'workers.json': {
    file: 'workers.json',
    write(path, seed) {
      const { folds, ...worker } = presence(seed);
      const [{ experiment: _, token: __, steps: ___, ...fold }] = folds;
      writeWorkersFile(dirname(path), [{ ...worker, folds: [fold], others: 1 }]);
    },
    codec: JSON_FILE,
    outer: NOT_JSON,
    read(path, { dir, bytes }) {
      // It counts for half a minute.
      const text = bytes.toString('latin1').replace(/"updated":\d{13}/, `"updated":${Date.now()}`);
      writeFileSync(path, text, 'latin1');
      const workers = workersOf(dir);
      return [workers, liveWorkers(workers)];
    },
  },
};
