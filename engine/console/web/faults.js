// Faults: answers that go wrong on purpose.
import { html, nothing } from "./vendored/lit-html/lit-html.js";
import { repeat } from "./vendored/lit-html/directives/repeat.js";
import { at, get, post, remove } from "./api.js";
import { confirm, empty, field, parsed, table, text } from "./parts.js";

async function load(route, signal) {
  const tenant = at`/tenants/${route.tenant}`;
  const [faults, presets, coverage] = await Promise.all([get(tenant + "/faults", signal), get("/presets", signal), get(tenant + "/coverage", signal)]);
  return { faults: faults.faults, presets: presets.presets, operations: coverage.operations.map((one) => one.operation) };
}

const show = ({ faults, presets, operations }, app) => html`
  ${faults.length ? rows(faults, app) : empty("Nothing goes wrong", "Add a preset, or a fault of your own: the next request that it matches meets it.")}
  <div class="row g-3 mt-1">
    <section class="col-lg-5" aria-label="Presets"><h2 class="h5">Presets</h2>
      <ul class="list-group">${presets.map((p) => html`<li class="list-group-item d-flex gap-2 align-items-start">
        <div class="flex-grow-1 break"><strong>${p.preset}</strong><br><span class="small">${p.description}</span></div>
        <button type="button" class="btn btn-sm btn-outline-primary" aria-label="Add ${p.preset}" @click=${() => app.act(() => post(at`/tenants/${app.tenant}/faults`, { preset: p.preset }), p.preset + " is added.")}>Add</button></li>`)}</ul>
    </section>
    <section class="col-lg-7">${adder(operations, app)}</section>
  </div>`;

// effect returns a description of a fault.
function effect(f) {
  const said = [];
  if (f.latency) said.push(`waits ${f.latency}`);
  if (f.hold) said.push("parks the request");
  if (f.when === "after") said.push("after the operation is done");
  if (f.drop) said.push("drops the connection");
  if (f.status) said.push(`answers ${f.status}`);
  return said.join(", ");
}

const often = (f) => [f.skip && `after ${f.skip} that pass`, f.times && `${f.times} times`, f.probability && `by chance of ${f.probability}`].filter(Boolean).join(", ") || "always";

const rows = (faults, app) => {
  const path = at`/tenants/${app.tenant}/faults`;
  return html`${table("Faults, in the order in which they are tried", ["Fault", "Strikes", "Does", html`<th scope="col" class="extra">How often</th>`, "Struck", html`<th scope="col" class="extra">Parked</th>`, "Do"], repeat(faults, (f) => f.name, (f) => html`
    <tr>
      <td class="clip">${text(f.name)}</td>
      <td class="clip">${f.operation ? text(f.operation) : "any operation"}${f.customer ? html` of ${text(f.customer)}` : nothing}</td>
      <td>${effect(f)}</td><td class="extra">${often(f)}</td><td>${f.hits}</td><td class="extra">${f.waiting}</td>
      <td class="text-nowrap">
        ${f.hold ? html`<button type="button" class="btn btn-sm btn-outline-primary" aria-label="Release ${f.name}" @click=${() => app.act(async () => `${(await post(path + at`/${f.name}/release`)).released} released.`)}>Release</button>` : nothing}
        <button type="button" class="btn btn-sm btn-outline-danger" aria-label="Remove ${f.name}" @click=${() => app.act(() => remove(path + at`/${f.name}`), "The fault is removed.")}>Remove</button></td>
    </tr>`))}
  <button type="button" class="btn btn-sm btn-outline-danger mt-2" @click=${async () => (await confirm("Remove all faults? Requests that they hold continue.", "Remove")) && app.act(() => remove(path), "Nothing goes wrong any more.")}>Remove all</button>`;
};

const adder = (operations, app) => {
  const save = async ({ does, status, times, skip, probability, undeclared, body, after, ...fault }) => {
    const numbers = Object.fromEntries(Object.entries({ status, times, skip, probability }).filter(([, n]) => n !== undefined).map(([name, n]) => [name, Number(n)]));
    const made = await post(at`/tenants/${app.tenant}/faults`, {
      ...fault, ...numbers, ...(does && { [does]: true }), ...(after && { when: "after" }), ...(undeclared && { undeclared: true }), ...(body && { body: parsed(body, "The body") }),
    });
    return `${made.name} is added.`;
  };
  const number = (label, name, attributes = {}) => field(label, html`<input class="form-control form-control-sm" name=${name} type="number" min=${attributes.min ?? 1} max=${attributes.max ?? nothing} step=${attributes.step ?? 1} placeholder=${attributes.hint ?? ""}>`);
  return html`<form class="card card-body" aria-label="Add a fault" @submit=${app.submit(save)}>
    <h2 class="h5">Add a fault</h2>
    <div class="row row-cols-1 row-cols-sm-2 row-cols-xl-3 gx-3">
      ${field("Operation", html`<select class="form-select form-select-sm" name="operation"><option value="">any</option>${operations.map((id) => html`<option>${id}</option>`)}</select>`)}
      ${field("Only this customer", html`<input class="form-control form-control-sm" name="customer" placeholder="number or e-mail; any">`)}
      ${number("Status", "status", { min: 200, max: 599, hint: "the operation's own" })}
      ${field("Besides", html`<select class="form-select form-select-sm" name="does"><option value="">nothing</option><option value="hold">park the request</option><option value="drop">drop the connection</option></select>`)}
      ${field("Wait first", html`<input class="form-control form-control-sm" name="latency" placeholder="250ms, 3s">`)}
      ${number("How often", "times", { hint: "for ever" })}
      ${number("Let pass first", "skip", { min: 0, hint: "0" })}
      ${number("Probability", "probability", { min: 0, max: 1, step: "any", hint: "1" })}
      ${field("Name", html`<input class="form-control form-control-sm" name="name" placeholder="counted" pattern="[A-Za-z0-9._\\-]{1,64}" title="Up to 64 letters, digits, dots, hyphens and underscores">`)}
    </div>
    ${field("Body (JSON)", html`<textarea class="form-control form-control-sm font-monospace" name="body" rows="2" spellcheck="false" placeholder="the service's own"></textarea>`)}
    <label class="form-check"><input class="form-check-input" type="checkbox" name="after"> After the operation is done and its change is kept</label>
    <label class="form-check mb-2"><input class="form-check-input" type="checkbox" name="undeclared"> A status that the document does not have, on purpose</label>
    <div><button class="btn btn-primary btn-sm">Add</button></div>
  </form>`;
};

export const faults = { title: "Faults", load, show };
