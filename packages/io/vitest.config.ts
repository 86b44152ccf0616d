import { defineConfig } from 'vitest/config';

// Cutting a file at every byte means thousands of opens, which take their time on a busy machine.
export default defineConfig({ test: { testTimeout: 60_000, hookTimeout: 60_000 } });
