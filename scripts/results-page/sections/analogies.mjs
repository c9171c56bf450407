import { json } from '../kept.mjs';
import { fixed, percent, table } from '../text.mjs';

const FORMS = {
  pictures: 'three images',
  means: "three classes' mean outputs",
  mixed: 'an image c, words a and b',
  words: 'three words',
};

export default () => {
  const { groups, chance, labels, draws } = json('analogies-rotations-poster.json');
  const of = (name) => groups.find(({ group }) => group === name);
  const [unseen, seen] = [of('d unseen'), of('seen')];
  const rows = Object.entries(FORMS).map(([form, what]) => {
    const { arithmetic, c } = unseen.forms[form].answers;
    const { mean, low, high } = arithmetic.hit5;
    return [
      what,
      percent(arithmetic.hit1.mean),
      `${percent(mean)} (${fixed(100 * low, 1)} to ${fixed(100 * high, 1)})`,
      fixed(arithmetic.rank.mean, 1),
      percent(c.hit5.mean),
    ];
  });
  const pair = (form) => ['arithmetic', 'c'].map((name) => percent(seen.forms[form].answers[name].hit5.mean));
  const above = (group, form) => group.forms[form].above.c.hit5;
  const single = above(unseen, 'pictures');
  return `## Word arithmetic with images

**Question.** The poster promises that king − man + woman = queen works with images. Does it?

**Protocol.** \`lexel analogies --model RUN\`: ${unseen.questions} questions over labels in 14 groups ([assets/analogies/cifar-100.txt](../assets/analogies/cifar-100.txt)), put to each rotation's network (seed 0) with test images, ${draws} draws a question. The answer is the nearest of ${labels} labels to b − a + c, with a, b and c left out; chance is
hit@1 ${percent(chance.hit1)}, hit@5 ${percent(chance.hit5)}. *d unseen*: the network never saw the answer's class.

${table([[`d unseen, ${unseen.questions} questions`, 'hit@1', 'hit@5 (95 % interval)', 'mean rank', 'c alone: hit@5'], ...rows])}

**Answer.** Far above chance, but mostly because the answer resembles c. With single images arithmetic differs from its third term alone by ${fixed(100 * single.mean, 1)} points in hit@5 (${fixed(100 * single.low, 1)} to ${fixed(100 * single.high, 1)}).
Where every class was seen (${seen.trials} trials), three images reach ${pair('pictures')[0]} and c alone ${pair('pictures')[1]}; class means ${pair('means')[0]} and ${pair('means')[1]}. Arithmetic helps only with means over a class, or where the difference comes from words.
`;
};
