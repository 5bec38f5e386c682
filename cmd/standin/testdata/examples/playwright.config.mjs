// How the examples for Playwright are run here; a project has such a file of its own.
export default {
  testDir: 'printed',
  reporter: 'list',
  fullyParallel: true,
  workers: 2,
  outputDir: 'printed/results',
  expect: { timeout: 30_000 },
  timeout: 90_000,
  use: { launchOptions: { executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox'] } },
};
