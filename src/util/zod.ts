/**
 * What Lexel uses of zod. The build makes one file of this module and of those parts of the package
 * (scripts/bundle-zod.mjs), so that installed code does not load the package: it consists of 94 modules, more than half of
 * them translations of messages, and loading them took a third of the time of `import 'lexel'`.
 */

export type { infer, ZodType } from 'zod';
export {
  array,
  boolean,
  discriminatedUnion,
  enum,
  int,
  lazy,
  literal,
  looseObject,
  number,
  object,
  prettifyError,
  record,
  strictObject,
  string,
  tuple,
  union,
  unknown,
} from 'zod';
