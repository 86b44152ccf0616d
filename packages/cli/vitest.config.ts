import { defineConfig } from 'vitest/config';

// Every test starts processes, and those that compress load networks: the default of 5 s is short on a busy machine.
export default defineConfig({ test: { testTimeout: 60_000, hookTimeout: 60_000 } });
