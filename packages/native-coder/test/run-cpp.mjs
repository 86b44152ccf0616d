// Builds and runs the C++ tests, in the tree of the addon, whose core they share; with --sanitize in one of their own, under
// AddressSanitizer and UndefinedBehaviorSanitizer.
import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const run = (command, args) => execFileSync(command, args, { cwd: root, stdio: 'inherit' });
let build = resolve(root, 'build');
if (process.argv.includes('--sanitize')) {
  build = resolve(build, 'sanitize');
  const options = ['-DFIELDZIP_TESTS=ON', '-DCMAKE_BUILD_TYPE=Release', '-DFIELDZIP_SANITIZE=ON'];
  run('cmake', ['-S', '.', '-B', build, ...options, '--log-level=ERROR']);
  run('cmake', ['--build', build]);
} else {
  const cmakeJs = resolve(dirname(createRequire(import.meta.url).resolve('cmake-js/package.json')), 'bin/cmake-js');
  // As the addon is built; its own build configures only what is not there yet.
  run(process.execPath, [cmakeJs, 'configure', '-l', 'error', '--CDFIELDZIP_TESTS=ON']);
  run(process.execPath, [cmakeJs, 'build', '-l', 'error']);
}
run('ctest', ['--test-dir', build, '--output-on-failure']);
