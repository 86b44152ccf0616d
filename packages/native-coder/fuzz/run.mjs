// Builds the libFuzzer targets with clang and runs each: node fuzz/run.mjs [seconds, default 60]. Findings stay in build/fuzz.
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const seconds = Number(process.argv[2] ?? 60);
const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const build = resolve(root, 'build/fuzz');
const run = (command, args, cwd = root) => execFileSync(command, args, { cwd, stdio: 'inherit' });
const options = ['-DFIELDZIP_FUZZ=ON', '-DCMAKE_CXX_COMPILER=clang++', '-DCMAKE_BUILD_TYPE=RelWithDebInfo'];
run('cmake', ['-S', '.', '-B', build, ...options, '--log-level=ERROR']);
run('cmake', ['--build', build]);
for (const target of [
  'fuzz_bands',
  'fuzz_coefficients',
  'fuzz_decode',
  'fuzz_interpolate',
  'fuzz_lattice',
  'fuzz_roundtrip',
]) {
  const corpus = resolve(build, `corpus_${target}`);
  mkdirSync(corpus, { recursive: true });
  run(resolve(build, target), [`-max_total_time=${seconds}`, '-max_len=8192', '-print_final_stats=1', corpus], build);
}
