/** What tests use of plan.mjs. */

/** The runs behind docs/RESULTS.md, in the order of execution. */
export const RUNS: readonly { readonly name: string }[];
