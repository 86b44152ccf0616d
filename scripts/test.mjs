import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { node, prepare } from './prepare.mjs';

/** A runner that fails without having counted a failure (a crash, a file that cannot be loaded) counts as one. */
function settled({ passed, failed }, status) {
  return { passed, failed: status === 0 ? failed : Math.max(1, failed) };
}

function style() {
  const { status } = node('node_modules/@biomejs/biome/bin/biome', ['check', '.']);
  return { passed: status === 0 ? 1 : 0, failed: status === 0 ? 0 : 1 };
}

/** The native coder's own tests, without Node: ctest's summary or one of the form of ours. */
function native() {
  const { status, stdout } = node('packages/native-coder/test/run-cpp.mjs', [], {
    stdio: ['ignore', 'pipe', 'inherit'],
    encoding: 'utf8',
  });
  process.stdout.write(stdout ?? '');
  const ours = [...(stdout ?? '').matchAll(/(\d+) passed, (\d+) failed/g)].at(-1);
  if (ours) return settled({ passed: Number(ours[1]), failed: Number(ours[2]) }, status);
  const ctest = [...(stdout ?? '').matchAll(/(\d+) tests? failed out of (\d+)/g)].at(-1);
  const [failed, all] = ctest ? [Number(ctest[1]), Number(ctest[2])] : [0, 0];
  return settled({ passed: all - failed, failed }, status);
}

function typescript() {
  const folder = mkdtempSync(join(tmpdir(), 'fieldzip-test-'));
  const file = join(folder, 'vitest.json');
  try {
    const { status } = node('node_modules/vitest/vitest.mjs', [
      'run',
      '--config=scripts/vitest.config.mjs',
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${file}`,
    ]);
    if (!existsSync(file)) return { passed: 0, failed: 1 };
    const report = JSON.parse(readFileSync(file, 'utf8'));
    const unloaded = report.testResults.filter(r => r.status === 'failed' && r.assertionResults.length === 0).length;
    return settled({ passed: report.numPassedTests, failed: report.numFailedTests + unloaded }, status);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Everything there is to check; its last line sums up all runners. */
export function test() {
  const total = { passed: 0, failed: 0 };
  try {
    prepare();
    for (const runner of [style, native, typescript]) {
      const { passed, failed } = runner();
      total.passed += passed;
      total.failed += failed;
    }
  } catch (error) {
    console.error(error.message);
    total.failed++;
  }
  console.log(`\n${total.passed} passed, ${total.failed} failed`);
  return total.failed === 0 ? 0 : 1;
}
