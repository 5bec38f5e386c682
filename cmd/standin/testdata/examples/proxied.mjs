// Starts Vite with a configuration, and looks at where its proxy sends requests.
import assert from 'node:assert/strict';
import path from 'node:path';
import { createServer } from 'vite';

const configFile = path.resolve(process.argv[2]);
const vite = await createServer({ configFile, root: path.dirname(configFile), logLevel: 'warn', server: { host: '127.0.0.1', port: 0 } });
await vite.listen();
const api = `http://127.0.0.1:${vite.httpServer.address().port}/api`;

const login = await (await fetch(`${api}/customerlogin/auth/anonymous/login?tenant=demo&client_id=storefront`)).json();
const headers = { Authorization: `Bearer ${login.access_token}` };
for (const path of ['/customer/demo/me', '/session-context/demo/me/context']) {
  const answer = await fetch(api + path, { headers });
  assert.equal(answer.status, 200, path);
  assert.ok(answer.headers.has('Standin-Entry'), `${path} is not answered by the stand-in`);
}
for (const path of ['/product/demo/products', '/customer-segment/demo/segments']) {
  assert.deepEqual(await (await fetch(api + path)).json(), { path });
}
await vite.close();
console.log('The proxy sends three prefixes to the stand-in, and the rest to the other services.');
