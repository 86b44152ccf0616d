// From a bare clone to a built workspace; a workspace that is ready is left as it is.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));

const windows = process.platform === 'win32';

const environment = {
  ...process.env,
  // Its install script fetches CUDA libraries, and fails the whole install where it cannot.
  ONNXRUNTIME_NODE_INSTALL: 'skip',
  TURBO_TELEMETRY_DISABLED: '1',
};

const answers = (command, shell = false) => spawnSync(command, ['--version'], { stdio: 'ignore', shell }).status === 0;

/** What building the native part lacks, with one sentence on how to get it. */
function checkTools() {
  const compilers = [process.env.CXX, 'c++', 'g++', 'clang++'].filter(Boolean);
  const missing = [];
  // On Windows CMake looks for the compiler itself, in places that are not on the path.
  if (!windows && !compilers.some(name => answers(name, name.includes(' ')))) missing.push('a C++ compiler');
  if (!answers('cmake')) missing.push('CMake');
  if (!windows && !answers('make') && !answers('ninja')) missing.push('make');
  if (missing.length === 0) return;
  const list = missing.length > 1 ? `${missing.slice(0, -1).join(', ')} and ${missing.at(-1)}` : missing[0];
  const how = {
    linux: 'on Debian and Ubuntu: apt install build-essential cmake',
    darwin: 'xcode-select --install, and brew install cmake',
    win32: 'from cmake.org, and the C++ workload of Visual Studio',
  };
  throw new Error(
    `fieldzip needs ${list} to build its native part; install what is missing (${how[process.platform] ?? how.linux}) and run this again.`,
  );
}

/** The pinned pnpm: the one installed if it is that version, else fetched for this call. */
function pnpm(args, inform = true) {
  const { packageManager } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const installed = spawnSync('pnpm', ['--version'], { cwd: root, encoding: 'utf8', shell: windows }).stdout?.trim();
  const [command, ...start] = packageManager === `pnpm@${installed}` ? ['pnpm'] : ['npx', '--yes', packageManager];
  if (inform) console.log(`$ ${[command, ...start, ...args].join(' ')}`);
  const { status, error } = spawnSync(command, [...start, ...args], {
    cwd: root,
    env: environment,
    stdio: 'inherit',
    shell: windows,
  });
  if (error || status !== 0) throw new Error(`${args[0]} failed: ${error?.message ?? 'see above'}.`);
}

/** Changes whenever what is to be installed changes. */
function dependencyHash() {
  const manifests = readdirSync(join(root, 'packages'))
    .map(name => join('packages', name, 'package.json'))
    .filter(path => existsSync(join(root, path)));
  const hash = createHash('sha256');
  for (const path of ['package.json', 'pnpm-workspace.yaml', 'pnpm-lock.yaml', ...manifests]) {
    hash.update(`${path}\n`).update(readFileSync(join(root, path)));
  }
  return hash.digest('hex');
}

function install() {
  const folder = join(root, 'node_modules');
  const stamp = join(folder, '.fieldzip-installed');
  const wanted = dependencyHash();
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  pnpm(['install', '--frozen-lockfile']);
  mkdirSync(folder, { recursive: true });
  writeFileSync(stamp, wanted);
}

export function prepare() {
  checkTools();
  install();
  // Turbo knows what has changed since the last build; its default would hide CC and CXX from CMake.
  pnpm(['exec', 'turbo', 'run', 'build', '--env-mode=loose', '--output-logs=errors-only']);
}

/** Runs a program of the workspace with this Node, its output shown as it comes. */
export function node(script, args, options = {}) {
  return spawnSync(process.execPath, [join(root, script), ...args], { cwd: root, stdio: 'inherit', ...options });
}
