import { execFileSync } from 'node:child_process';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const build = resolve(root, 'build/bench');
const run = (command, args) => execFileSync(command, args, { cwd: root, stdio: 'inherit' });
run('cmake', ['-S', '.', '-B', build, '-DFIELDZIP_BENCH=ON', '-DCMAKE_BUILD_TYPE=Release', '--log-level=ERROR']);
run('cmake', ['--build', build, '--target', 'native_bench']);
run(resolve(build, 'native_bench'), []);
