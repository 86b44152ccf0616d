import { defineConfig } from 'vitest/config';

// Generous, for slow machines: nothing here is a timed test.
export default defineConfig({ test: { testTimeout: 120_000, hookTimeout: 120_000 } });
