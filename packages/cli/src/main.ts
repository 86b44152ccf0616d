#!/usr/bin/env node
import { runToExit } from './exit.js';
import { buildProgram } from './program.js';

await runToExit(() => buildProgram().parseAsync(process.argv));
