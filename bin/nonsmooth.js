#!/usr/bin/env node
// npm links this file at installation, when dist/ is not built yet.
const { existsSync } = require("node:fs");
const { join } = require("node:path");

const program = join(__dirname, "..", "dist", "cli", "main.js");
if (existsSync(program)) require(program);
else {
  console.error("nonsmooth: must be built first\nHint: npm run build");
  process.exitCode = 1;
}
