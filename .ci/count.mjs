// node count.mjs RECORD STATUS: prints "passed failed names" from vitest's JSON report and exit status. A test file that
// did not load counts as one failure, as does an error outside of all tests.
import { readFileSync } from 'node:fs';
import { relative } from 'node:path';

const [file, status] = process.argv.slice(2);
const record = JSON.parse(readFileSync(file, 'utf8'));
const names = [];
let passed = 0;
let skipped = 0;
for (const suite of record.testResults) {
  const name = relative(process.cwd(), suite.name);
  const wrong = suite.assertionResults.filter((test) => test.status === 'failed');
  passed += suite.assertionResults.filter((test) => test.status === 'passed').length;
  skipped += suite.assertionResults.filter(
    (test) => test.status !== 'passed' && test.status !== 'failed',
  ).length;
  names.push(...wrong.map((test) => `${name}: ${test.fullName.trim()}`));
  if (suite.status === 'failed' && wrong.length === 0) names.push(`${name} did not run`);
}
if (names.length === 0 && status !== '0') names.push(`exit status ${status} outside every test`);
if (passed === 0 && names.length === 0) names.push('no test ran');
if (skipped > 0) console.error(`${skipped} skipped`);
console.log(passed, names.length, names.join('; '));
