// Live: the exchanges of the tenant as they happen, each with its reason.
import { html, nothing } from "./vendored/lit-html/lit-html.js";
import { repeat } from "./vendored/lit-html/directives/repeat.js";
import { at, get, page, post, query, remove } from "./api.js";
import { code, confirm, copy, copyButton, download, empty, facts, moment, pager, statusBadge, table, text, timeOfDay } from "./parts.js";

const perPage = 100;

// journalOf returns the path of the journal: of the tenant, or of the requests of no tenant.
const journalOf = (route) => (route.filters.of === "nobody" ? "/journal" : at`/tenants/${route.tenant}/journal`);

async function load(route, signal) {
  const { of, ...filters } = route.filters;
  const journal = journalOf(route);
  const [list, entry, explanation] = await Promise.all([
    page(journal, "entries", { order: "newest", limit: perPage, ...filters }, route.pages.at(-1), signal),
    route.id && get(journal + at`/${route.id}`, signal),
    route.id && get(journal + at`/${route.id}/explain`, signal).catch((failure) => { if (failure.name === "AbortError") throw failure; }),
  ]);
  return { list, entry, explanation };
}

const show = ({ list, entry, explanation }, app) => html`
  ${bar(app)}
  <div class="split ${entry ? "open" : ""}">
    <section aria-label="Exchanges">${rows(list, app)}</section>
    ${entry ? detail(entry, explanation, app) : nothing}
  </div>`;

const bar = (app) => {
  const { filters } = app.route;
  const journal = "/tenants/" + app.tenant + "/journal";
  return html`
  <form class="filters" aria-label="Filter" @submit=${app.filter}>
    <label>Operation <input class="form-control form-control-sm" name="operation" .value=${filters.operation ?? ""} @change=${app.filter} placeholder="any"></label>
    <label>Status <select class="form-select form-select-sm" name="status" @change=${app.filter}>
      ${["", "2xx", "4xx", "5xx", "400", "401", "403", "404", "409"].map((one) => html`<option value=${one} .selected=${one === (filters.status ?? "")}>${one || "any"}</option>`)}</select></label>
    <label>Path has <input class="form-control form-control-sm" name="path" .value=${filters.path ?? ""} @change=${app.filter} placeholder="/me"></label>
    <label>Of <select class="form-select form-select-sm" name="of" @change=${app.filter}>
      <option value="" .selected=${!filters.of}>this tenant</option><option value="nobody" .selected=${filters.of === "nobody"}>no tenant</option></select></label>
    <div class="d-flex flex-wrap gap-2 align-self-end ms-auto">
      <button type="button" class="btn btn-sm btn-outline-secondary" aria-pressed=${app.paused} @click=${() => app.pause(!app.paused)}>${app.paused ? "Go on" : "Pause"}</button>
      <button type="button" class="btn btn-sm btn-outline-secondary" @click=${() => app.act(async () => download(app.tenant + ".har", JSON.stringify(await get(at`/tenants/${app.tenant}/journal/export`)), "application/json"), "The HTTP archive is saved.")}>HAR</button>
      <button type="button" class="btn btn-sm btn-outline-secondary" @click=${() => app.act(async () => download(app.tenant + ".sh", await get(at`/tenants/${app.tenant}/journal/export` + query({ format: "curl" })), "text/plain"), "The curl lines are saved.")}>curl</button>
      <button type="button" class="btn btn-sm btn-outline-danger" @click=${async () => (await confirm(`Forget all exchanges of ${app.tenant}, and its coverage?`, "Clear")) && app.act(() => remove(journal), "The journal is empty.")}>Clear</button>
    </div>
  </form>`;
};

const rows = (list, app) => (list.items.length ? html`
  ${table("Exchanges, the newest first", ["#", html`<th scope="col" class="extra">Time</th>`, "Status", "Operation", html`<th scope="col" class="d-none d-sm-table-cell">Who</th>`, html`<th scope="col" class="extra text-end">ms</th>`],
    repeat(list.items, (e) => e.id, (e) => html`
    <tr class=${String(e.id) === app.route.id ? "table-active" : ""}>
      <td class="text-nowrap"><a href=${here(app, e.id)} aria-label="Exchange ${e.id}">${e.id}</a></td>
      <td class="extra text-nowrap">${timeOfDay(e.at)}</td>
      <td>${statusBadge(e.status)}</td>
      <td class="clip"><a href=${here(app, e.id)}>${e.operation ? text(e.operation) : html`${e.method} ${text(e.path)}`}</a>
        ${e.fault ? html`<span class="badge text-bg-dark">fault ${text(e.fault)}</span>` : nothing}
        ${e.warnings.length ? html`<span class="badge text-bg-info">${e.warnings.length} warned</span>` : nothing}</td>
      <td class="clip d-none d-sm-table-cell">${who(e.caller)}</td>
      <td class="extra text-end">${e.milliseconds.toFixed(1)}</td>
    </tr>`))}
  ${pager(app.route.pages, list.more, (pages) => app.go({ pages }), ["Newer", "Older"])}
  ${list.dropped ? html`<p class="small text-body-secondary mt-2">${list.dropped.toLocaleString("en")} older ones were removed; <code>--journal-entries</code> keeps more.</p>` : nothing}`
  : empty("No exchange yet", app.narrowed
    ? html`None matches the filter. <a href=${app.link("live")}>Show all</a>`
    : html`Send a request to <code>${text(app.info?.url)}/customer/${text(app.tenant)}</code> and it appears here. Requests to a tenant that was not written to yet are <a href=${app.link("live", "", { of: "nobody" })}>of no tenant</a>. <a href=${app.link("customers")}>Become a customer</a> for a token.`));

const here = (app, id) => app.link("live", String(id), app.route.filters);

const who = (caller) => (caller.customerNumber ? text(`${caller.kind} ${caller.customerNumber}`) : caller.kind);

function detail(entry, explanation, app) {
  const stray = app.route.filters.of === "nobody";
  return html`<section class="detail" aria-label="Exchange ${entry.id}">
    <div class="d-flex flex-wrap gap-2 align-items-center mb-2">
      <h2 class="h5 mb-0 me-auto">${statusBadge(entry.status)} ${entry.method} <span class="break">${text(entry.path)}</span></h2>
      ${copyButton(entry.curl, "Copy as curl")}
      <a class="btn btn-sm btn-outline-secondary" href=${app.link("live", "", app.route.filters)}>Close</a>
    </div>
    ${facts([["Operation", entry.operation], ["At", moment(entry.at)], ["Took", `${entry.milliseconds} ms`], ["Who", who(entry.caller)], ["Session", entry.caller.sessionId], ["Fault", entry.fault]])}
    ${entry.caller.customerNumber && !stray ? html`<p><a href=${app.link("customers", entry.caller.customerNumber)}>Customer ${text(entry.caller.customerNumber)}</a></p>` : nothing}
    ${entry.warnings.length ? html`<div class="alert alert-info py-2"><ul class="mb-0">${entry.warnings.slice(0, 50).map((w) => html`<li><code>${text(w.field)}</code> ${text(w.message)}</li>`)}</ul></div>` : nothing}
    ${explanation && (entry.status >= 400 || entry.status === 0) ? why(explanation, app) : nothing}
    <div class="row g-3">
      ${message("Request", entry.request)}
      ${message("Answer", entry.response)}
    </div>
    ${stray ? nothing : replay(entry, app)}
  </section>`;
}

const why = (e, app) => html`
  <section class="card mb-3" id="why" aria-label="Why">
    <div class="card-body">
      <h3 class="h6">Why</h3>
      <p class="lines">${text(e.message)}</p>
      ${e.rule ? html`<p><span class="badge text-bg-secondary">${e.rule.id}</span> ${text(e.rule.statement)}${e.rule.setting ? html` The setting <code>${text(e.rule.setting)}</code> changes it.` : nothing}</p>` : nothing}
      ${e.problems.length ? table("What was wrong", ["Where", "Expected", "Found"], e.problems.slice(0, 50).map((p) => html`
        <tr><td><code class="break">${text(p.pointer ?? p.field)}</code></td><td>${text(p.expected)}</td><td class="break">${p.found === undefined ? nothing : text(JSON.stringify(p.found))}</td></tr>`)) : nothing}
      ${facts(e.state.slice(0, 50).map((s) => [s.name, s.value]))}
      ${e.corrected ? html`<h3 class="h6">A request that succeeds ${copyButton(e.corrected.curl, "Copy as curl")}
        ${e.corrected.token ? html`<button type="button" class="btn btn-sm btn-outline-secondary" @click=${(event) => withToken(event.currentTarget, e.corrected, app)}>Copy with a new token</button>` : nothing}</h3>${code(e.corrected.curl, "The corrected request")}` : nothing}
    </div>
  </section>`;

// withToken mints the token of a corrected request, and copies both. Reading the explanation mints none.
const withToken = (button, { curl, token }, app) => app.act(async () => {
  const { accessToken } = await post(at`/tenants/${app.tenant}/tokens`, token);
  await copy(button, `TOKEN=${accessToken}\n${curl}`);
  return "Copied, with a new token.";
});

const message = (title, m) => html`
  <section class="col-lg-6" aria-label=${title}>
    <h3 class="h6">${title}${m ? html` <span class="text-body-secondary fw-normal">${m.size.toLocaleString("en")} bytes</span>` : nothing}</h3>
    ${m ? html`
      ${facts(Object.entries(m.headers))}
      ${m.omitted ? html`<p class="text-body-secondary">The body was not kept: ${text(m.omitted)}</p>` : nothing}
      ${m.body === undefined ? nothing : code(m.body, "The body of the " + title.toLowerCase())}
      ${m.masked?.length ? html`<p class="small text-body-secondary">Never stored: ${m.masked.slice(0, 20).map((path) => html`<code>${text(path)}</code> `)}</p>` : nothing}` : html`<p class="text-body-secondary">None.</p>`}
  </section>`;

// replay returns a form that sends the request once more. It asks for the secrets that the journal does not keep.
function replay(entry, app) {
  const inBody = (entry.request?.masked ?? []).slice(0, 20);
  const inQuery = [...new URLSearchParams(entry.path.split("?")[1])].filter(([, value]) => value === "***").map(([name]) => name);
  const save = async (said) => {
    const again = {};
    for (const path of inBody) put((again.body ??= {}), path.slice(1).split("/"), said["body " + path] ?? "");
    for (const name of inQuery) (again.query ??= {})[name] = said["query " + name] ?? "";
    const answer = await post(at`/tenants/${app.tenant}/journal/${entry.id}/replay`, again);
    if (answer.entry) app.go({ id: String(answer.entry) });
    return `It answers ${answer.status || "nothing"} now.`;
  };
  const ask = (where, name) => html`<label class="form-label"><code>${text(name)}</code> was never stored; give it anew
    <input class="form-control form-control-sm" name="${where} ${name}" autocomplete="off" required></label>`;
  return html`<form class="card card-body mt-3" aria-label="Replay" @submit=${app.submit(save)}>
    <h3 class="h6">Send it once more</h3>
    ${inBody.map((path) => ask("body", path))}${inQuery.map((name) => ask("query", name))}
    <div><button class="btn btn-sm btn-primary">Replay</button> <span class="small text-body-secondary">with a token minted for the same caller</span></div>
  </form>`;
}

// put sets the member at a JSON Pointer.
function put(object, [name, ...rest], value) {
  const key = name.replaceAll("~1", "/").replaceAll("~0", "~");
  if (rest.length) put((object[key] ??= {}), rest, value);
  else object[key] = value;
}

export const live = { title: "Live", load, show };
