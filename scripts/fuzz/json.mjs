// JSON as a tree that can also represent what JSON.stringify never writes: duplicate keys, out-of-range numbers, and JSON inside a string.
import { DEPTHS, HOSTILE_NUMBERS, HOSTILE_STRINGS, pick } from './values.mjs';

/**
 * Converts a parsed JSON value to a tree of `{ object: [[key, node], …] }`, `{ list: [node, …] }`, `{ raw: text }` and `{ nested: node }` (JSON
 * inside a string).
 */
export function treeOf(value) {
  if (Array.isArray(value)) return { list: value.map(treeOf) };
  if (typeof value === 'object' && value !== null) {
    return { object: Object.entries(value).map(([key, item]) => [key, treeOf(item)]) };
  }
  const inner = typeof value === 'string' && value.startsWith('{') ? parsed(value) : undefined;
  return inner === undefined ? { raw: JSON.stringify(value) } : { nested: treeOf(inner) };
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export function textOf(node) {
  if (node.list) return `[${node.list.map(textOf).join(',')}]`;
  if (node.object)
    return `{${node.object.map(([key, item]) => `${JSON.stringify(key)}:${textOf(item)}`).join(',')}}`;
  return node.nested ? JSON.stringify(textOf(node.nested)) : node.raw;
}

/** The node at a path of keys; undefined if a mutation has removed it. */
export function nodeAt(node, ...path) {
  let found = node;
  for (const key of path) {
    const entries = found?.object ?? found?.list?.entries();
    found = entries && [...entries].find(([own]) => own === key)?.[1];
  }
  return found;
}

/** Every node below `node` as a holder and key, so that a mutation can replace it. */
function places(node, all = []) {
  const children = node.object
    ? node.object.map((entry) => [entry, 1])
    : node.list?.map((_, i) => [node.list, i]);
  for (const [holder, key] of children ?? (node.nested ? [[node, 'nested']] : [])) {
    all.push({ holder, key, parent: node });
    places(holder[key], all);
  }
  return all;
}

const bomb = (random) => {
  const depth = pick(random, DEPTHS);
  return random.below(2) === 0
    ? `${'['.repeat(depth)}${']'.repeat(depth)}`
    : `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`;
};

const LEAVES = [
  ['number', 6],
  ['string', 3],
  ['near', 4],
  ['kind', 3],
  ['bomb', 1],
].flatMap(([name, weight]) => Array(weight).fill(name));

function leaf(random, before) {
  switch (pick(random, LEAVES)) {
    case 'number':
      return { raw: pick(random, HOSTILE_NUMBERS) };
    case 'string':
      return { raw: JSON.stringify(pick(random, HOSTILE_STRINGS)) };
    case 'near': {
      const value = Number(before.raw);
      const changes = [value + 1, value - 1, value * 2, -value, value / 2];
      return { raw: Number.isFinite(value) ? `${pick(random, changes)}` : pick(random, HOSTILE_NUMBERS) };
    }
    case 'kind':
      return structuredClone(
        pick(random, [
          { raw: 'null' },
          { raw: 'true' },
          { raw: '""' },
          { list: [] },
          { object: [] },
          { list: [before] },
        ]),
      );
    default:
      return { raw: bomb(random) };
  }
}

function structural(random, { holder, key, parent }, all) {
  const list = parent.object ?? parent.list;
  const entry = parent.object ? holder : holder[key];
  const at = list?.indexOf(entry) ?? -1;
  if (at < 0) return;
  switch (random.below(6)) {
    case 0:
      list.splice(at, 1);
      break;
    case 1:
      list.splice(at, 0, structuredClone(entry));
      break;
    case 2:
      if (parent.object) entry[0] = pick(random, HOSTILE_STRINGS);
      else list.splice(0, list.length);
      break;
    case 3: {
      const other = pick(random, all);
      const [a, b] = [structuredClone(holder[key]), structuredClone(other.holder[other.key])];
      holder[key] = b;
      other.holder[other.key] = a;
      break;
    }
    case 4:
      if (parent.object) list.push(['__proto__', structuredClone(entry[1])]);
      else for (let n = pick(random, [2, 10, 200]); n > 0; n--) list.push(structuredClone(entry));
      break;
    default:
      random.shuffle(list);
  }
}

/** Maximum characters of nested text. */
const LONGEST = 4_000_000;
const MARK = '"\u0001here"';

const kindOf = (node) => Object.keys(node)[0];

/** Nests a node in copies of itself, possibly deep enough to overflow the stack. A recursive schema accepts every level of such a tree. */
function nest(random, all) {
  const nestable = all.flatMap(({ holder, key }) => {
    const alike = places(holder[key]).filter((one) => kindOf(one.holder[one.key]) === kindOf(holder[key]));
    return alike.length > 0 ? [{ holder, key, alike }] : [];
  });
  if (nestable.length === 0) return;
  const { holder, key, alike } = pick(random, nestable);
  const place = pick(random, alike);
  const kept = textOf(place.holder[place.key]);
  place.holder[place.key] = { raw: MARK };
  const [before, after = ''] = textOf(holder[key]).split(MARK);
  const depth = Math.min(pick(random, DEPTHS), Math.ceil(LONGEST / (before.length + after.length + 1)));
  holder[key] = { raw: before.repeat(depth) + kept + after.repeat(depth) };
}

/** Mutates one node, in place where possible. @returns the tree, or the leaf that replaces it */
export function mutateTree(tree, random) {
  const all = places(tree);
  if (all.length === 0) return leaf(random, tree);
  if (random.below(60) === 0) return leaf(random, tree);
  if (random.below(25) === 0) {
    nest(random, all);
    return tree;
  }
  const place = pick(random, all);
  if (random.below(3) > 0) place.holder[place.key] = leaf(random, place.holder[place.key]);
  else structural(random, place, all);
  return tree;
}
