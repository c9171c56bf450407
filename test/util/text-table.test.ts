import { describe, expect, it } from 'vitest';
import { fitFields } from '../../src/util/fields.js';
import { columnsOf, styledLook } from '../../src/util/look.js';
import { alignColumns } from '../../src/util/text-table.js';

const at = (width: number) => ({ ...styledLook(width), style: (_: string, text: string) => text });

const ROWS = [
  ['', 'this run', '95 % interval', 'no transfer', 'p'],
  ['true word among all the labels of this run'],
  ['  mean rank', '22.47', '20.34 to 24.42', '30.50', '< 0.001'],
  ['  hit@1, two constants', '1.9 %', '0.6 % to 3.9 %', '1.7 %', '0.065'],
];
const drop = [2, 4];

describe('alignColumns', () => {
  it('keeps all columns without a limit; a row of one cell does not widen the first column', () => {
    expect(alignColumns(ROWS, { drop })).toEqual([
      '                        this run   95 % interval  no transfer        p',
      'true word among all the labels of this run',
      '  mean rank                22.47  20.34 to 24.42        30.50  < 0.001',
      '  hit@1, two constants     1.9 %  0.6 % to 3.9 %        1.7 %    0.065',
    ]);
  });

  it('breaks headings, then leaves columns out and names them', () => {
    expect(alignColumns(ROWS, { drop, look: at(69) }).slice(0, 2)).toEqual([
      '                        this run   95 % interval        no        p',
      '                                                  transfer',
    ]);
    const narrow = alignColumns(ROWS, { drop, look: at(50) });
    expect(narrow).toEqual([
      '                         this        no        p',
      '                          run  transfer',
      'true word among all the labels of this run',
      '  mean rank             22.47     30.50  < 0.001',
      '  hit@1, two constants  1.9 %     1.7 %    0.065',
      'Left out at this width: 95 % interval',
    ]);
  });

  it('fits every width that its narrowest columns allow', () => {
    for (let width = 30; width <= 90; width++) {
      for (const line of alignColumns(ROWS, { drop, look: at(width) }))
        expect(columnsOf(line), `${width}: ${line}`).toBeLessThanOrEqual(width);
    }
  });

  it('breaks the cells of left-aligned columns', () => {
    const rows = [
      ['first words', 'the , of to and in a'],
      ['checksum', '0123456789abcdef'],
    ];
    expect(alignColumns(rows, { right: () => false, headed: false, look: at(25) })).toEqual([
      'first words  the , of to',
      '             and in a',
      'checksum     0123456789ab',
      '             cdef',
    ]);
  });

  it('takes a column back that was left out early if it fits', () => {
    const rows = [
      ['a', 'small', 'wide'],
      ['x', '1', 'wider than all others'],
    ];
    expect(alignColumns(rows, { drop: [1, 2], look: at(14) })).toEqual([
      'a  small',
      'x      1',
      'Left out at',
      'this width:',
      'wide',
    ]);
  });
});

describe('fitFields', () => {
  const fields = [
    { text: 'epoch 3', drop: 0 },
    { text: 'loss 0.28', drop: 2 },
    { text: 'rank 18.2', drop: 0 },
    { text: '4.1 s', drop: 5 },
  ];

  it('leaves out the least important first, and never what must stay', () => {
    expect(fitFields(fields, 80)).toBe('epoch 3  loss 0.28  rank 18.2  4.1 s');
    expect(fitFields(fields, 30)).toBe('epoch 3  loss 0.28  rank 18.2');
    expect(fitFields(fields, 20)).toBe('epoch 3  rank 18.2');
    expect(fitFields(fields, 5)).toBe('epoch 3  rank 18.2');
  });
});
