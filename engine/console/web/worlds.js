// Worlds: the tenants and sandboxes of the server, and the actions on a whole world.
import { html, nothing } from "./vendored/lit-html/lit-html.js";
import { repeat } from "./vendored/lit-html/directives/repeat.js";
import { at, get, page, post, remove } from "./api.js";
import { confirm, distance, empty, field, moment, pager, span, table, text, utc } from "./parts.js";
import { href } from "./route.js";
import { inside, snapshotsOf } from "./world.js";

const perPage = 50;

async function load(route, signal, { info }) {
  const [list, fixtures, world] = await Promise.all([
    page("/tenants", "tenants", { limit: perPage }, route.pages.at(-1), signal),
    get("/fixtures", signal),
    snapshotsOf(route.tenant, signal),
  ]);
  return { list, fixtures: fixtures.fixtures, world, home: info.tenant };
}

const show = ({ list, fixtures, world, home }, app) => html`
  ${list.items.length ? rows(list, app) : empty("No tenant yet", html`Make a sandbox, or <a href=${href({ view: "worlds", tenant: home })}>open ${home}</a>.`)}
  <div class="row g-3 mt-1">
    <section class="col-lg-5">${creator(list, fixtures, app)}</section>
    <section class="col-lg-7">${world ? inside(world, fixtures, app) : empty(html`There is no tenant ${text(app.tenant)}`, "Open one of the list, or make a sandbox of this name.")}</section>
  </div>`;

const rows = (list, app) => html`
  ${table("Tenants", ["Tenant", "From", "Customers", html`<th scope="col" class="d-none d-md-table-cell">Its time (UTC)</th>`, html`<th scope="col" class="d-none d-sm-table-cell">Age</th>`, html`<th scope="col" class="d-none d-sm-table-cell">Goes</th>`, "Do"],
    repeat(list.items, (w) => w.tenant, (w) => html`
    <tr class=${w.tenant === app.tenant ? "table-active" : ""}>
      <td><a href=${href({ view: "worlds", tenant: w.tenant, pages: app.route.pages })}>${text(w.tenant)}</a>${w.as ? html` <span class="small">as ${text(w.as)}</span>` : nothing}
        ${w.overshadowed ? html`<span class="badge text-bg-warning" title="Sandboxes run as ${w.tenant}: requests to it that name none are refused">overshadowed</span>` : nothing}</td>
      <td class="clip">${text(w.fixture)}</td>
      <td>${w.customers >= 10000 ? "10,000 or more" : w.customers}</td>
      <td class="d-none d-md-table-cell text-nowrap">${moment(w.now)}${w.frozen ? ", frozen" : ""}</td>
      <td class="d-none d-sm-table-cell text-nowrap">${span(Date.now() - Date.parse(w.createdAt))}</td>
      <td class="d-none d-sm-table-cell text-nowrap">${w.expiresAt ? distance(w.expiresAt, new Date().toISOString()) : "stays"}</td>
      <td class="text-nowrap">
        <button type="button" class="btn btn-sm btn-outline-secondary" aria-label="Fork ${w.tenant}" @click=${() => app.act(async () => {
          const fork = await post("/tenants", { from: "tenant:" + w.tenant });
          app.go({ tenant: fork.tenant });
          return `${fork.tenant} is a fork of ${w.tenant}.`;
        })}>Fork</button>
        <button type="button" class="btn btn-sm btn-outline-danger" aria-label="Delete ${w.tenant}" @click=${async () => (await confirm(`Delete the tenant ${w.tenant} with all that is in it?`, "Delete")) && app.act(async () => {
          await remove(at`/tenants/${w.tenant}`);
          if (w.tenant === app.tenant) app.go({ tenant: app.info.tenant });
        }, `The tenant ${w.tenant} is gone.`)}>Delete</button></td>
    </tr>`))}
  ${pager(app.route.pages, list.more, (pages) => app.go({ pages }))}`;

// creator returns a form for a sandbox from a fixture or a tenant.
const creator = (list, fixtures, app) => {
  const save = async ({ freeze, overshadow, clock, seed, ...order }) => {
    const made = await post("/tenants", { ...order, freeze: freeze ? true : undefined, overshadow: overshadow ? true : undefined, clock: utc(clock), seed: seed && Number(seed) });
    app.go({ tenant: made.tenant });
    return `${made.tenant} is made.` + (overshadow && order.as ? ` Requests to ${order.as} that name no sandbox are refused now.` : "");
  };
  return html`<form class="card card-body" aria-label="Make a sandbox" @submit=${app.submit(save)}>
    <h2 class="h5">Make a sandbox</h2>
    ${field("From", html`<select class="form-select form-select-sm" name="from"><option value="">the server's own fixture</option>
      ${fixtures.slice(0, 50).map((f) => html`<option value=${"fixture:" + f.name}>fixture ${f.name}</option>`)}${repeat(list.items, (w) => w.tenant, (w) => html`<option value=${"tenant:" + w.tenant}>tenant ${w.tenant}</option>`)}</select>`)}
    <div class="row row-cols-1 row-cols-sm-2 gx-3">
      ${field("Name", html`<input class="form-control form-control-sm" name="name" placeholder="drawn" pattern="[a-z][a-z0-9]{2,15}" title="3 to 16 lower-case letters and digits, a letter first">`)}
      ${field("Runs as", html`<input class="form-control form-control-sm" name="as" placeholder="its name" pattern="[a-z][a-z0-9]{2,15}" title="The tenant that the storefront is built for: 3 to 16 lower-case letters and digits, a letter first">`)}
      ${field("Lives unused for", html`<input class="form-control form-control-sm" name="ttl" placeholder="for ever; 10m, 30d">`)}
      ${field("Its time (UTC)", html`<input class="form-control form-control-sm" name="clock" type="datetime-local" step="1">`)}
      ${field("Seed", html`<input class="form-control form-control-sm" name="seed" type="number" placeholder="drawn">`)}
    </div>
    <label class="form-check mb-2"><input class="form-check-input" type="checkbox" name="freeze"> Its clock stands</label>
    <label class="form-check mb-2"><input class="form-check-input" type="checkbox" name="overshadow"> Cut off the tenant of that name (overshadow)</label>
    <div><button class="btn btn-primary btn-sm">Make</button></div>
  </form>`;
};

export const worlds = { title: "Worlds", load, show };
