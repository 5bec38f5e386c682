// Runs the examples of the README exactly as they are printed there: `make examples`. It is started by standin exec,
// which has set STANDIN_URL.
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import path from 'node:path';

const here = import.meta.dirname;
const folder = path.join(here, 'printed'); // Here, so that node_modules is found.

// How each kind of example is run, by the end of its name.
const runners = {
  '.playwright.mjs': (file) => ['node', '--test', file],
  '.test.mjs': (file) => ['node', path.join(here, 'node_modules/vitest/vitest.mjs'), 'run', '--root', folder, file],
  '.sh': (file) => ['bash', '-euo', 'pipefail', file],
  '_test.go': (file) => ['go', 'test', '-count=1', '-v', file],
};

const readme = readFileSync(path.join(here, '../../../../README.md'), 'utf8');
const examples = [...readme.matchAll(/^```\w+ example=(\S+)\n(.*?)^```$/gms)].map(([, name, text]) => ({ name, text }));
if (examples.length < 4) throw new Error(`the README has ${examples.length} examples`);

rmSync(folder, { recursive: true, force: true });
mkdirSync(folder);

// The storefront of the examples: one page, built for one tenant.
const page = readFileSync(path.join(here, 'index.html'), 'utf8').replace('__API__', process.env.STANDIN_URL);
const shop = http.createServer((_, answer) => answer.setHeader('Content-Type', 'text/html').end(page));
await new Promise((ready) => shop.listen(0, '127.0.0.1', ready));
const env = { ...process.env, SHOP_URL: `http://127.0.0.1:${shop.address().port}` };

let failed = 0;
for (const { name, text } of examples) {
  const end = Object.keys(runners).find((one) => name.endsWith(one));
  if (!end) throw new Error(`no way to run ${name}; the ways are ${Object.keys(runners)}`);
  writeFileSync(path.join(folder, name), text);
  console.log(`\n=== ${name}`);
  const [command, ...args] = runners[end](name);
  const child = spawn(command, args, { cwd: folder, env, stdio: 'inherit' });
  const code = await new Promise((done) => child.on('close', done).on('error', (error) => { console.error(error); done(1); }));
  console.log(`=== ${name} ${code === 0 ? 'ok' : `failed with ${code}`}`);
  failed += code !== 0;
}
shop.close();
rmSync(folder, { recursive: true });
console.log(`\n${examples.length} examples, ${failed} failed`);
process.exit(failed > 0 ? 1 : 0);
