#!/usr/bin/env node
// Not dist/main.js itself: package managers link a command only if its file exists when they install, before the build.
import '../dist/main.js';
