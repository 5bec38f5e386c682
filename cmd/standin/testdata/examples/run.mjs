// Runs the examples of all documents exactly as they are printed there: `make examples`. standin exec starts it and sets
// STANDIN_URL.
import { spawn } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import path from 'node:path';

const here = import.meta.dirname;
const root = path.join(here, '../../../..');
const folder = path.join(here, 'printed'); // Here, so that node_modules is found.

// How each kind of example is run, by the end of its name.
const runners = {
  '.spec.mjs': (file) => ['node', path.join(here, 'node_modules/@playwright/test/cli.js'), 'test', '--config', '../playwright.config.mjs', file],
  '.test.mjs': (file) => ['node', path.join(here, 'node_modules/vitest/vitest.mjs'), 'run', '--root', folder, file],
  '.config.mjs': (file) => ['node', '../proxied.mjs', file],
  '.sh': (file) => ['bash', '-euo', 'pipefail', file],
  '.yml': (file) => [path.join(root, 'bin/standin'), 'exec', '--no-control', '--', 'node', '../workflow.mjs', file],
  '_test.go': (file) => ['go', 'test', '-count=1', '-v', file],
};

const skipped = new Set(['node_modules', 'bin', 'dist', 'reports', 'printed', '.git']);
const documents = readdirSync(root, { recursive: true })
  .filter((name) => name.endsWith('.md') && !name.split(path.sep).some((part) => skipped.has(part))).sort();
const examples = documents.flatMap((document) => [...readFileSync(path.join(root, document), 'utf8')
  .matchAll(/^```\w+ example=(\S+)\n(.*?)^```$/gms)].map(([, name, text]) => ({ document, name, text })));
if (examples.length < 7) throw new Error(`the documents have ${examples.length} examples`);

rmSync(folder, { recursive: true, force: true });
mkdirSync(folder);

// Another service, which takes requests of any page but no header that it does not know.
const others = http.createServer((request, answer) => {
  answer.setHeader('Access-Control-Allow-Origin', '*').setHeader('Content-Type', 'application/json').end(JSON.stringify({ path: request.url }));
});
await new Promise((ready) => others.listen(0, '127.0.0.1', ready));
const OTHERS_URL = `http://127.0.0.1:${others.address().port}`;

// The storefront of the examples: one page, built for one tenant.
const page = readFileSync(path.join(here, 'index.html'), 'utf8').replace('__API__', process.env.STANDIN_URL).replace('__OTHERS__', OTHERS_URL);
const shop = http.createServer((_, answer) => answer.setHeader('Content-Type', 'text/html').end(page));
await new Promise((ready) => shop.listen(0, '127.0.0.1', ready));
const env = { ...process.env, SHOP_URL: `http://127.0.0.1:${shop.address().port}`, OTHERS_URL };

let failed = 0;
for (const { document, name, text } of examples) {
  const end = Object.keys(runners).find((one) => name.endsWith(one));
  if (!end) throw new Error(`no way to run ${name}; the ways are ${Object.keys(runners)}`);
  writeFileSync(path.join(folder, name), text, { flag: 'wx' }); // Two examples of one name are a mistake.
  console.log(`\n=== ${document}: ${name}`);
  const [command, ...args] = runners[end](name);
  const child = spawn(command, args, { cwd: folder, env, stdio: 'inherit' });
  const code = await new Promise((done) => child.on('close', done).on('error', (error) => { console.error(error); done(1); }));
  console.log(`=== ${name} ${code === 0 ? 'ok' : `failed with ${code}`}`);
  failed += code !== 0;
}
shop.close();
others.close();
rmSync(folder, { recursive: true });
console.log(`\n${examples.length} examples, ${failed} failed`);
process.exit(failed > 0 ? 1 : 0);
