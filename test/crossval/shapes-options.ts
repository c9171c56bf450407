/** Options of a minimal experiment: three folds of the shapes world, each trained on 128 images for two epochs. */
export const SHAPES = {
  data: 'shapes',
  words: 'shapes',
  net: 'lite',
  width: 0.25,
  recipe: 'poster',
  preset: 'adamw',
  protocol: 'holdout:20',
  seed: 5,
  epochs: 2,
  train: { limit: 128, batch: 32 },
  command: 'test',
};
