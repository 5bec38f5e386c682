// Runs the commands of a workflow, as a CI service would, against the server in STANDIN_URL.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';

const file = path.resolve(process.argv[2]);
const commands = [...readFileSync(file, 'utf8').matchAll(/^ *- run: (.*)$/gm)].map(([, command]) => command);
if (commands.length < 2) throw new Error(`${file} has ${commands.length} commands`);
const env = {
  ...process.env, STAGING_URL: process.env.STANDIN_URL, GITHUB_STEP_SUMMARY: `${file}.summary`,
  STANDIN_CUSTOMER: 'john.doe@example.com:password123',
};
for (const command of commands) {
  console.log(`+ ${command}`);
  const { status } = spawnSync('bash', ['-euo', 'pipefail', '-c', command], { cwd: path.join(import.meta.dirname, '../../../..'), env, stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}
if (!readFileSync(env.GITHUB_STEP_SUMMARY, 'utf8').includes('judged')) throw new Error('the summary has no verdict');
