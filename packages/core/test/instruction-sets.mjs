// Compares this processor with valgrind's, which has AVX2 and nothing wider: node test/instruction-sets.mjs (minutes; needs valgrind).
import { execFileSync } from 'node:child_process';

const script = new URL('./fingerprint.mjs', import.meta.url).pathname;
const native = execFileSync(process.execPath, [script], { encoding: 'utf8' });
const narrow = execFileSync('valgrind', ['--tool=none', '-q', process.execPath, script], { encoding: 'utf8' });
console.log(native);
if (native !== narrow) {
  console.error(`valgrind's processor gave something else:\n${narrow}`);
  process.exit(1);
}
console.log('The same on AVX2 alone.');
