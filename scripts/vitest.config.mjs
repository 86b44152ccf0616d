import { defineConfig } from 'vitest/config';

/** All packages' tests in one run, each package with its own settings. */
export default defineConfig({ test: { root: new URL('..', import.meta.url).pathname, projects: ['packages/*'] } });
