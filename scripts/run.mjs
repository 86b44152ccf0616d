// The commands that must work in a clone where nothing has been installed: plain Node, no dependencies.
import process from 'node:process';

const least = 20;
if (Number.parseInt(process.versions.node, 10) < least) {
  console.error(`fieldzip needs Node ${least} or newer and this is ${process.versions.node}: install a newer one.`);
  process.exit(1);
}

const tasks = {
  demo: async () => (await import('./demo.mjs')).demo(),
  test: async () => (await import('./test.mjs')).test(),
};
const task = tasks[process.argv[2]];
if (!task) {
  console.error(`Usage: node scripts/run.mjs ${Object.keys(tasks).join('|')}`);
  process.exit(2);
}
try {
  process.exitCode = await task();
} catch (error) {
  console.error(process.env.FIELDZIP_DEBUG ? error : error.message);
  process.exitCode = 1;
}
