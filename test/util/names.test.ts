import { describe, expect, it } from 'vitest';
import { didYouMean, indexOfName, knownNames, sameName } from '../../src/util/names.js';

describe('names', () => {
  it('are the same up to case and what joins their words', () => {
    for (const name of ['maple_tree', 'maple tree', 'maple-tree', 'Maple  Tree', ' MAPLE_TREE '])
      expect(sameName('maple_tree', name), name).toBe(true);
    expect(sameName('maple_tree', 'mapletree')).toBe(false);
  });

  it('are found exactly, or else if only one is the same', () => {
    const labels = ['maple_tree', 'Bus', 'bus', 't-shirt'];
    expect(indexOfName('maple tree', labels)).toBe(0);
    expect(indexOfName('bus', labels)).toBe(2);
    expect(indexOfName('T Shirt', labels)).toBe(3);
    expect(indexOfName('BUS', labels)).toBe(-1);
    expect(indexOfName('oak', labels)).toBe(-1);
  });

  it('have hints', () => {
    expect(knownNames('litee', ['micronet', 'lite'], 'networks')).toBe(
      'did you mean lite? known networks: micronet, lite',
    );
    expect(knownNames('x', ['micronet'], 'networks')).toBe('known networks: micronet');
    expect(didYouMean('buss', ['bus', 'oak'], 'none')).toBe('did you mean bus?');
    expect(didYouMean('xyz', ['bus', 'oak'], 'none')).toBe('none');
  });
});
