// Compares the same fold from two machines: node scripts/record-drift.mjs RUN OTHER [--json]
//
// Both are run directories or kept runs (records only). Each fold that both have finished is compared.
import { Command } from 'commander';
import { foldDrift, loadRun } from '../dist/statistics/index.js';

const program = new Command('node scripts/record-drift.mjs')
  .description(
    'Compares the folds that two runs have both finished, such as one repeated on another machine.',
  )
  .argument('<run>')
  .argument('<other>')
  .option('--json', 'as JSON')
  .parse();
const { json } = program.opts();

const engine = ({ backend, isa, build }) => `${backend} (${isa}, build ${build})`;
const signed = (value, text) => `${value < 0 ? '−' : '+'}${text(Math.abs(value))}`;
const percent = (value) => `${(100 * value).toFixed(2)} %`;

try {
  const [first, second] = program.args.map((dir) => loadRun(dir));
  const folds = foldDrift(first, second);
  if (json) console.log(JSON.stringify(folds, null, 2));
  else
    for (const { fold, engines, finalLoss, rank, hit5, otherRank } of folds) {
      console.log(
        `${fold}: ${engines.map((list) => list.map(engine).join(' and ') || 'unrecorded').join(' against ')}`,
      );
      const line = (what, { class: label, largest, mean }, text) =>
        console.log(
          `  ${what.padEnd(11)} ${signed(mean, text)} on average, ${signed(largest, text)} at most (${label})`,
        );
      line('final loss', finalLoss, percent);
      line('mean rank', rank, (value) => value.toFixed(2));
      line('hit@5', hit5, percent);
      console.log(`  ${percent(otherRank)} of the images have another rank`);
    }
} catch (error) {
  console.error(`record-drift: ${error.message}`);
  process.exit(1);
}
