// Ten million adversarial values through every target: prints each promise that was not kept, and fails if there is one.
// node packages/core/test/ten-million.mjs [values] [seed]
import { dispose } from '@fieldzip/core';
import { violations } from './adversarial.mjs';

const [values = 10_000_000, seed = 1] = process.argv.slice(2).map(Number);
let shown = 0;
const onCase = done => {
  if (done - shown < 1_000_000) return;
  shown = done;
  process.stderr.write(`${(done / 1e6).toFixed(0)} million\n`);
};
const { found, ...counts } = await violations({
  values,
  seed,
  side: 260, // wide enough for rows in lockstep
  options: { device: 'cpu', threads: 2 },
  onCase,
});
for (const sentence of found) console.log(sentence);
console.log(
  `${counts.values} values in ${counts.cases} fields, ${counts.refused} sizes refused, ${found.length} violations`,
);
process.exitCode = found.length > 0 ? 1 : 0;
await dispose();
