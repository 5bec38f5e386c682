// Time: the clock of the tenant, and the next deadlines.
import { html, svg } from "./vendored/lit-html/lit-html.js";
import { repeat } from "./vendored/lit-html/directives/repeat.js";
import { at, get, post } from "./api.js";
import { distance, empty, field, moment, span, table, text, utc } from "./parts.js";


const load = (route, signal) => get(at`/tenants/${route.tenant}/clock`, signal);

const names = {
  customerAccess: "A customer's access token", customerRefresh: "A customer's refresh token", anonymousAccess: "An anonymous access token",
  anonymousRefresh: "An anonymous refresh token", serviceAccess: "A service token", mailed: "A mailed token", lockout: "A lockout",
};

// A token is valid before the moment of its deadline, and not at that moment.
const justBefore = (iso) => new Date(Date.parse(iso) - 1000).toISOString();

// move changes the clock of the tenant, and says what has fallen due.
export const move = (body, app, done) => app.act(async () => {
  const moved = await post(at`/tenants/${app.tenant}/clock`, body);
  const due = Object.entries(moved.expired).map(([kind, n]) => `${n} × ${names[kind] ?? kind}`);
  return (done ?? `It is ${moved.now.slice(0, 19).replace("T", " ")} now.`) + (due.length ? " Fallen due: " + due.join(", ") + "." : "");
});

function show(clock, app) {
  const { now } = app;
  return html`
  <section class="card card-body mb-3" aria-label="Clock">
    <p class="display-6 mb-2" id="now">${moment(now)} <small class="fs-6">UTC, ${clock.frozen ? "frozen" : "running"}</small></p>
    <div class="d-flex flex-wrap gap-2">
      ${clock.frozen ? html`<button type="button" class="btn btn-sm btn-primary" @click=${() => move({ run: true }, app, "The clock runs.")}>Run</button>`
        : html`<button type="button" class="btn btn-sm btn-primary" @click=${() => move({ freeze: true }, app, "The clock stands.")}>Freeze</button>`}
      ${["1h", "1d", "30d"].map((by) => html`<button type="button" class="btn btn-sm btn-outline-primary" @click=${() => move({ advance: by }, app)}>+ ${by.replace(/\d+/, "$& ")}</button>`)}
    </div>
    <div class="row g-3 mt-1">
      <form class="col-sm-6" aria-label="Advance" @submit=${(event) => { event.preventDefault(); const by = event.currentTarget.elements.by.value; move({ advance: by, allowBackwards: by.startsWith("-") || undefined }, app); }}>
        ${field("Advance by", html`<span class="d-flex gap-2"><input class="form-control form-control-sm" name="by" required placeholder="1h30m, 90s, -1d"><button class="btn btn-sm btn-outline-primary">Advance</button></span>`)}</form>
      <form class="col-sm-6" aria-label="Set" @submit=${(event) => { event.preventDefault(); move({ set: utc(event.currentTarget.elements.to.value), allowBackwards: true }, app); }}>
        ${field("Set to (UTC)", html`<span class="d-flex gap-2"><input class="form-control form-control-sm" name="to" type="datetime-local" step="1" required><button class="btn btn-sm btn-outline-primary">Set</button></span>`)}</form>
    </div>
  </section>
  <section aria-label="What will expire"><h2 class="h5">What will expire next</h2>
    ${clock.deadlines.length ? html`${line(clock.deadlines, now)}
      ${table("Deadlines, the next first", ["What", html`<th scope="col" class="extra">Whose</th>`, "When", html`<th scope="col" class="d-none d-md-table-cell">At (UTC)</th>`, "Go there"], repeat(clock.deadlines, (d, i) => [d.kind, d.at, d.customerNumber, d.sessionId, i].join(), (d) => html`
      <tr>
        <td>${names[d.kind] ?? d.kind}</td>
        <td class="extra clip">${d.customerNumber ? html`<a href=${app.link("customers", d.customerNumber)}>${text(d.customerNumber)}</a>` : "nobody's"}</td>
        <td class="text-nowrap">${distance(d.at, now)}</td>
        <td class="d-none d-md-table-cell text-nowrap">${moment(d.at)}</td>
        <td class="actions">
          <button type="button" class="btn btn-sm btn-outline-secondary" aria-label="Just before ${d.at}: freeze the clock a second ahead" @click=${() => move({ set: justBefore(d.at), freeze: true }, app)}>Just before</button>
          <button type="button" class="btn btn-sm btn-outline-secondary" aria-label="Just after ${d.at}: set the clock to when it has expired" @click=${() => move({ set: d.at }, app)}>Just after</button></td>
      </tr>`))}
      <p class="small text-body-secondary mt-2">Just before freezes the clock a second ahead of the deadline; Just after goes to the moment at which it counts as expired.</p>`
      : empty("Nothing will expire", html`No token, mail or lockout is open. <a href=${app.link("customers")}>Become a customer</a> or log in, and their deadlines appear here.`)}
  </section>`;
}

// line draws the next deadlines on a logarithmic scale.
function line(deadlines, now) {
  const ahead = (iso) => Math.max(Date.parse(iso) - Date.parse(now), 1000) / 1000;
  const end = Math.max(...deadlines.map((d) => ahead(d.at)), 60) * 1.5;
  const x = (seconds) => 20 + (Math.log(seconds) / Math.log(end)) * 940;
  const marks = [[60, "1 min"], [3600, "1 h"], [86400, "1 d"], [2592000, "30 d"], [31536000, "1 y"]].filter(([seconds]) => seconds < end);
  return html`<svg class="timeline" viewBox="0 0 980 56" role="img" aria-label="From now on: ${deadlines.map((d) => `${d.kind} in ${span(ahead(d.at) * 1000)}`).join(", ")}">
    <line x1="20" y1="24" x2="960" y2="24" class="axis"></line>
    ${marks.map(([seconds, name]) => svg`<line x1=${x(seconds)} y1="18" x2=${x(seconds)} y2="30" class="axis"></line><text x=${x(seconds)} y="48" text-anchor="middle">${name}</text>`)}
    ${deadlines.map((d) => svg`<circle cx=${x(ahead(d.at))} cy="24" r="7" class="deadline"><title>${names[d.kind] ?? d.kind}</title></circle>`)}
  </svg>`;
}

export const time = { title: "Time", load, show };
