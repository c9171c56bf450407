/**
 * Writes assets/words/shapes-corpus.txt, the text from which the bundled word vectors are trained: simple
 * sentences about colours, patterns and shapes. It was written for this project. The facts and the sentence
 * frames below are combined by the project's own random generator, so the text is always the same.
 *
 *     npm run build && node scripts/shapes-corpus.mjs
 */
import { writeFileSync } from 'node:fs';
import { deriveKey, Random } from '../dist/util/random.js';

const random = new Random(deriveKey(6, 'shapes-corpus'));
const pick = (list) => list[random.below(list.length)];
const some = (list, n) => {
  const order = random.shuffle(Int32Array.from(list, (_, i) => i));
  return Array.from(order.slice(0, n), (i) => list[i]);
};
const and = (list) =>
  list.length < 2 ? list.join('') : `${list.slice(0, -1).join(', ')} and ${list.at(-1)}`;
const an = (phrase) => `${/^[aeiou]/.test(phrase) ? 'an' : 'a'} ${phrase}`;
const capital = (text) => text[0].toUpperCase() + text.slice(1);

/** Colours: similar colours, descriptions, and things of that colour. */
const COLOURS = {
  red: {
    near: ['orange', 'pink'],
    like: ['warm', 'bright', 'hot'],
    things: ['tomatoes', 'cherries', 'strawberries', 'fire engines', 'rubies', 'ripe apples', 'poppies'],
  },
  orange: {
    near: ['red', 'yellow'],
    like: ['warm', 'bright', 'glowing'],
    things: ['carrots', 'pumpkins', 'tangerines', 'goldfish', 'marigolds', 'autumn leaves'],
  },
  yellow: {
    near: ['orange', 'green'],
    like: ['warm', 'bright', 'sunny'],
    things: ['lemons', 'bananas', 'sunflowers', 'canaries', 'ripe corn', 'buttercups'],
  },
  green: {
    near: ['yellow', 'blue'],
    like: ['cool', 'fresh', 'calm'],
    things: ['leaves', 'meadows', 'frogs', 'peas', 'ferns', 'emeralds', 'limes'],
  },
  blue: {
    near: ['green', 'purple'],
    like: ['cool', 'calm', 'deep'],
    things: ['the sea', 'clear skies', 'cornflowers', 'sapphires', 'blueberries', 'kingfishers'],
  },
  purple: {
    near: ['blue', 'pink'],
    like: ['cool', 'deep', 'royal'],
    things: ['plums', 'grapes', 'violets', 'lavender', 'amethysts', 'figs'],
  },
  pink: {
    near: ['red', 'purple', 'white'],
    like: ['warm', 'soft', 'light'],
    things: ['roses', 'flamingos', 'peonies', 'piglets', 'cherry blossoms'],
  },
  brown: {
    near: ['orange', 'black'],
    like: ['warm', 'dark', 'earthy'],
    things: ['tree trunks', 'chestnuts', 'chocolate', 'coffee beans', 'ploughed fields', 'sparrows'],
  },
  black: {
    near: ['grey', 'brown'],
    like: ['dark', 'plain', 'deep'],
    things: ['coal', 'ravens', 'ink', 'the night', 'soot', 'panthers'],
  },
  white: {
    near: ['grey', 'pink'],
    like: ['light', 'plain', 'clean'],
    things: ['snow', 'milk', 'swans', 'salt', 'chalk', 'daisies'],
  },
  grey: {
    near: ['black', 'white'],
    like: ['plain', 'dull', 'quiet'],
    things: ['ashes', 'rain clouds', 'pebbles', 'elephants', 'mist', 'pewter'],
  },
};

/** Patterns: what they consist of, and things with the pattern. */
const PATTERNS = {
  striped: {
    near: ['checkered'],
    made: ['stripes', 'straight lines side by side', 'bands', 'long lines in a row'],
    things: ['zebras', 'tigers', 'wasps', 'deck chairs', 'candy canes', 'sailor shirts'],
  },
  dotted: {
    near: ['checkered', 'striped'],
    made: ['dots', 'small spots', 'round dots in rows', 'many little spots'],
    things: ['ladybirds', 'leopards', 'dominoes', 'dice', 'toadstools', 'fawns'],
  },
  checkered: {
    near: ['striped'],
    made: ['checks', 'crossing lines', 'small squares in turn', 'lines that cross'],
    things: ['chess boards', 'picnic cloths', 'racing flags', 'kitchen floors', 'kilts'],
  },
};

/** Shapes: similar shapes, outline, parts, and things of that shape. */
const SHAPES = {
  circle: {
    near: ['ring', 'crescent'],
    like: ['round', 'curved', 'smooth'],
    parts: ['no corners', 'one curved edge', 'a centre', 'no straight sides'],
    things: ['the full moon', 'plates', 'coins', 'wheels', 'buttons'],
  },
  ring: {
    near: ['circle', 'crescent'],
    like: ['round', 'curved', 'hollow'],
    parts: ['a hole', 'no corners', 'two curved edges', 'an empty centre'],
    things: ['wheels', 'hoops', 'bracelets', 'tyres', 'doughnuts'],
  },
  crescent: {
    near: ['circle', 'ring'],
    like: ['curved', 'round', 'thin'],
    parts: ['two tips', 'two curved edges', 'no straight sides', 'a hollow side'],
    things: ['the new moon', 'sickles', 'bananas', 'croissants'],
  },
  heart: {
    near: ['crescent', 'circle'],
    like: ['curved', 'round', 'pointed'],
    parts: ['two round lobes', 'one tip', 'two curved edges'],
    things: ['lockets', 'valentines', 'ivy leaves', 'playing cards'],
  },
  square: {
    near: ['diamond', 'hexagon'],
    like: ['straight', 'angular', 'flat'],
    parts: ['four equal sides', 'four corners', 'straight sides', 'four right angles'],
    things: ['tiles', 'windows', 'boxes', 'chess boards', 'stamps'],
  },
  diamond: {
    near: ['square', 'triangle'],
    like: ['angular', 'straight', 'pointed'],
    parts: ['four equal sides', 'four corners', 'straight sides', 'a tip above and a tip below'],
    things: ['kites', 'playing cards', 'road signs', 'tiles'],
  },
  hexagon: {
    near: ['square', 'diamond'],
    like: ['straight', 'angular', 'flat'],
    parts: ['six equal sides', 'six corners', 'straight sides'],
    things: ['honeycombs', 'nuts and bolts', 'snow crystals', 'tiles'],
  },
  triangle: {
    near: ['diamond', 'star'],
    like: ['pointed', 'angular', 'straight'],
    parts: ['three sides', 'three corners', 'straight sides', 'three tips'],
    things: ['road signs', 'roofs', 'tents', 'sails', 'slices of cake'],
  },
  star: {
    near: ['triangle', 'cross'],
    like: ['pointed', 'angular', 'sharp'],
    parts: ['five points', 'five arms', 'sharp tips', 'straight sides'],
    things: ['badges', 'starfish', 'lanterns', 'the evening sky'],
  },
  cross: {
    near: ['star', 'square'],
    like: ['straight', 'angular', 'flat'],
    parts: ['four arms', 'straight sides', 'two crossing bars', 'twelve corners'],
    things: ['first-aid boxes', 'church spires', 'plus signs', 'road signs'],
  },
};

const colours = Object.keys(COLOURS);
const patterns = Object.keys(PATTERNS);
const shapes = Object.keys(SHAPES);
const attribute = () => (random.below(4) === 0 ? pick(patterns) : pick(colours));
const PLACES = [
  'on the wall',
  'in the picture',
  'on the page',
  'on the blanket',
  'on the flag',
  'in the window',
  'on the card',
  'in the book',
];
const PEOPLE = [
  'the child',
  'the painter',
  'the teacher',
  'my sister',
  'the tailor',
  'an old man',
  'the girl',
  'the boy',
  'a baker',
];
const DRAWS = ['drew', 'painted', 'cut out', 'made', 'found', 'chose'];
const CLOTH = ['scarf', 'shirt', 'ribbon', 'curtain', 'blanket', 'hat', 'dress', 'sail'];

const colourFrames = [
  (c, f) => `${capital(c)} is ${an(pick(f.like))} colour, like ${pick(f.things)}`,
  (c, f) => `${capital(c)} is the colour of ${and(some(f.things, 2))}`,
  (c, f) => `${capital(and(some(f.things, 2)))} are ${c}`,
  (c, f) => `The colour ${c} lies close to ${pick(f.near)}`,
  (c, f) => `${capital(c)} and ${pick(f.near)} are colours that are easily mistaken for each other`,
  (c, f) =>
    `Between ${c} and ${pick(f.near)} there is no sharp border, one shade of colour runs into the other`,
  (c, f) => `${capital(pick(PEOPLE))} mixed ${c} paint with a little ${pick(f.near)}`,
  (c, f) =>
    `${capital(c)} paint looks ${pick(f.like)}, and ${pick(f.near)} paint beside it looks nearly the same`,
  (c, f) => `${capital(pick(PEOPLE))} wore ${an(c)} ${pick(CLOTH)}, as ${c} as ${pick(f.things)}`,
  (c, f) => `${capital(some(f.like, 2).join(' and '))}, that is what people say of the colour ${c}`,
  (c) =>
    `Colours such as ${and(
      some(
        [
          c,
          ...some(
            colours.filter((x) => x !== c),
            2,
          ),
        ],
        3,
      ),
    )} fill the paint box`,
  (c, f) => `The shade was not quite ${c} and not quite ${pick(f.near)}`,
];

const patternFrames = [
  (p, f) => `A ${p} ${pick(CLOTH)} has ${pick(f.made)} all over it`,
  (p, f) => `${capital(p)} is the pattern of ${and(some(f.things, 2))}`,
  (p, f) => `${capital(and(some(f.things, 2)))} are ${p}`,
  (p, f) => `A pattern of ${pick(f.made)} is called ${p}`,
  (p, f) => `${capital(pick(PEOPLE))} wove a ${p} cloth, with a pattern of ${pick(f.made)}`,
  (p, f) => `The cloth is not ${pick(f.near)}, its pattern is ${p}`,
  (p, f) => `${capital(p)} and ${pick(f.near)} are patterns, made of two colours in turn`,
  (p) => `${capital(p)} cloth needs two colours, a plain one needs only one`,
];

const shapeFrames = [
  (s, f) => `A ${s} is ${an(pick(f.like))} shape with ${pick(f.parts)}`,
  (s, f) => `A ${s} has ${and(some(f.parts, 2))}`,
  (s, f) => `${capital(and(some(f.things, 2)))} have the shape of a ${s}`,
  (s, f) => `The outline of a ${s} is ${and(some(f.like, 2))}`,
  (s, f) => `A ${s} looks much like a ${pick(f.near)}`,
  (s, f) => `The ${s} and the ${pick(f.near)} are shapes of one family, both are ${pick(f.like)}`,
  (s, f) => `${capital(pick(PEOPLE))} ${pick(DRAWS)} a ${s} and turned it into a ${pick(f.near)}`,
  (s, f) => `${capital(pick(f.like))} as a ${s}, with ${pick(f.parts)}`,
  (s, f) => `Every ${s} has ${pick(f.parts)}, and so it is ${pick(f.like)}`,
  (s, f) => `Children cut a ${s} from paper and then a ${pick(f.near)}, both ${pick(f.like)}`,
];

const sceneFrames = [
  () => `There is ${an(attribute())} ${pick(shapes)} ${pick(PLACES)}`,
  () =>
    `${capital(pick(PEOPLE))} ${pick(DRAWS)} ${an(attribute())} ${pick(shapes)} and ${an(attribute())} ${pick(shapes)}`,
  () => `${capital(an(attribute()))} ${pick(shapes)} hangs ${pick(PLACES)}`,
  () =>
    `Look at the ${attribute()} ${pick(shapes)} ${pick(PLACES)}, it is larger than the ${attribute()} one`,
  () => `The small ${pick(shapes)} ${pick(PLACES)} is ${attribute()}`,
];

const lines = [];
const deal = (facts, frames, each) => {
  for (const [word, fact] of Object.entries(facts)) {
    for (let i = 0; i < each; i++) lines.push(`${frames[i % frames.length](word, fact)}.`);
  }
};
deal(COLOURS, colourFrames, 144);
deal(PATTERNS, patternFrames, 160);
deal(SHAPES, shapeFrames, 160);
for (let i = 0; i < 700; i++) lines.push(`${sceneFrames[i % sceneFrames.length]()}.`);

const order = random.shuffle(Int32Array.from(lines, (_, i) => i));
const text = Array.from(order, (i) => `${lines[i]}\n`).join('');
writeFileSync(new URL('../assets/words/shapes-corpus.txt', import.meta.url), text);
