// Coverage: how often each documented answer was sent to the tenant's clients.
import { html, nothing } from "./vendored/lit-html/lit-html.js";
import { at, get } from "./api.js";
import { empty, moment, table, text } from "./parts.js";

async function load(route, signal) {
  const tenant = at`/tenants/${route.tenant}`;
  const [coverage, violations] = await Promise.all([get(tenant + "/coverage", signal), get(tenant + "/violations", signal)]);
  return { coverage, violations: violations.violations };
}

// heat returns the shade of a cell, 0 to 4, by the power of ten of its count.
const heat = (n) => (n === 0 ? 0 : Math.min(1 + Math.floor(Math.log10(n)), 4));

function show({ coverage, violations }, app) {
  const statuses = [...new Set(coverage.operations.flatMap((one) => Object.keys(one.statuses)))].sort();
  return html`
  <p>${coverage.covered} of ${coverage.documented} documented answers were met in ${text(app.tenant)} <progress class="align-middle" max=${coverage.documented} value=${coverage.covered} aria-label="Covered"></progress></p>
  ${coverage.covered ? nothing : empty("No answer yet", "Run your tests or click through the storefront against this tenant: what they met turns green here, and what they missed stays empty.")}
  ${table("How often each documented status of each operation was answered", ["Operation", ...statuses.map((status) => html`<th scope="col" class="text-end">${status}</th>`)], coverage.operations.map((one) => html`
    <tr><th scope="row" class="fw-normal">${one.operation}</th>${statuses.map((status) => {
      const n = one.statuses[status];
      return n === undefined ? html`<td></td>` : html`<td class="heat-${heat(n)} text-end">${n ? html`<a href=${app.link("live", "", { operation: one.operation, status })} aria-label="${n} times ${status}">${n.toLocaleString("en")}</a>` : "0"}</td>`;
    })}</tr>`))}
  <p class="small text-body-secondary mt-2">An empty cell is a status that the document does not have. Answers that a fault took the place of do not count.</p>
  ${violations.length ? html`<h2 class="h5">Broken answers</h2>${table("Answers of the stand-in that broke the document", ["Exchange", "At", "Operation", "Cause"], violations.map((v) => html`
    <tr><td><a href=${app.link("live", String(v.id))}>${v.id}</a></td><td>${moment(v.at)}</td><td>${text(v.operation)}</td><td>${text(v.cause)}</td></tr>`))}` : nothing}`;
}

export const coverage = { title: "Coverage", load, show };
