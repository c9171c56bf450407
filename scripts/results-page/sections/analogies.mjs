import { json } from '../kept.mjs';
import { difference, fixed, list, percent, table } from '../text.mjs';

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
  const above = (form) => unseen.forms[form].above.c;
  const gain = (measure, form) =>
    difference(measure, { mean: above(form)[measure].mean, interval: above(form)[measure] });
  const certain = (measure) =>
    Object.keys(FORMS)
      .filter((form) => above(form)[measure].low > 0)
      .map((form) => `“${FORMS[form]}”`);
  const where = (measure) => {
    const forms = certain(measure);
    return forms.length === 0 ? 'in no form' : `for ${list(forms)}`;
  };
  const rows = Object.entries(FORMS).map(([form, what]) => {
    const { arithmetic, c } = unseen.forms[form].answers;
    const { mean, low, high } = arithmetic.hit5;
    return [
      what,
      percent(arithmetic.hit1.mean),
      gain('hit1', form),
      `${percent(mean)} (${fixed(100 * low, 1)} to ${fixed(100 * high, 1)})`,
      fixed(arithmetic.rank.mean, 1),
      percent(c.hit5.mean),
      gain('hit5', form),
    ];
  });
  const pair = (form) => ['arithmetic', 'c'].map((name) => percent(seen.forms[form].answers[name].hit5.mean));
  return `## Word arithmetic with images

**Question.** The poster promises that king − man + woman = queen works with images. Does it?

**Protocol.** \`lexel analogies --model RUN\`: ${unseen.questions} questions over labels in 14 groups ([assets/analogies/cifar-100.txt](../assets/analogies/cifar-100.txt)), put to each rotation's network (seed 0) with test images, ${draws} draws a question. The answer is the nearest of ${labels} labels to b − a + c, with a, b and c left out; chance is
hit@1 ${percent(chance.hit1)}, hit@5 ${percent(chance.hit5)}. *d unseen*: the network never saw the answer's class.

${table([[`d unseen, ${unseen.questions} questions`, 'hit@1', 'less c alone', 'hit@5 (95 % interval)', 'mean rank', 'c alone: hit@5', 'hit@5 less c alone'], ...rows])}

Intervals draw questions. Questions share labels, so the intervals are somewhat too narrow.

**Answer.** Far above chance, but mostly because the answer resembles c. Where the answer's class was never seen, arithmetic is, by these intervals, ahead of its third term alone in hit@1 ${where('hit1')}, and in hit@5 ${where('hit5')}${above('pictures').hit5.high < 0 ? '; with three images it is behind in hit@5' : ''}.
Where every class was seen (${seen.trials} trials), three images reach ${pair('pictures')[0]} and c alone ${pair('pictures')[1]}; class means ${pair('means')[0]} and ${pair('means')[1]}.
`;
};
