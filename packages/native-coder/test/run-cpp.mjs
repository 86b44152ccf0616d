// Builds and runs the C++ tests; with --sanitize under AddressSanitizer and UndefinedBehaviorSanitizer.
import { execFileSync } from 'node:child_process';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const sanitize = process.argv.includes('--sanitize');
const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const build = resolve(root, sanitize ? 'build/sanitize' : 'build/tests');
const run = (command, args) => execFileSync(command, args, { cwd: root, stdio: 'inherit' });
const options = ['-DFIELDZIP_TESTS=ON', '-DCMAKE_BUILD_TYPE=Release', `-DFIELDZIP_SANITIZE=${sanitize ? 'ON' : 'OFF'}`];
run('cmake', ['-S', '.', '-B', build, ...options, '--log-level=ERROR']);
run('cmake', ['--build', build]);
run('ctest', ['--test-dir', build, '--output-on-failure']);
