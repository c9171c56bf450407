// @ts-check
// Arithmetic with word vectors. Run it in a checkout after `npm ci`: node examples/king-and-queen.mjs
// [glove:50, or a file]

import { labelVectors, nearestWords, openWords } from 'lexel/words';

const words = await openWords(process.argv[2] ?? 'shapes');
const question = words.has('king') ? 'king - man + woman' : 'square - grey + red';
const { nearest } = nearestWords(words, question, { top: 3 });
console.log(`${question} = ${nearest.map(({ word, score }) => `${word} (${score.toFixed(2)})`).join(', ')}`);

const { sources } = labelVectors(words, words.has('maple') ? ['maple_tree'] : ['striped_triangle']);
for (const { label, words: keys, via } of sources) console.log(`${label}: ${via} of ${keys.join(', ')}`);
