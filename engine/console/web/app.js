// The console's frame: it finds the view that the address names, loads the data of the view, and loads it again after each
// exchange of the tenant.
import { html, nothing, render } from "./vendored/lit-html/lit-html.js";
import { Away, alive, at, get, query, setToken, token, watch } from "./api.js";
import { complain, moment, say, text, values } from "./parts.js";
import { href, read } from "./route.js";
import { coverage } from "./coverage.js";
import { customers } from "./customers.js";
import { faults } from "./faults.js";
import { live } from "./live.js";
import { mail } from "./mail.js";
import { time } from "./time.js";
import { webhooks } from "./webhooks.js";
import { worlds } from "./worlds.js";

// A view has a title, load(route, signal) that returns its data, and show(data, app) that returns its template. It may have
// moving(data, app), which reports whether the data will soon change without an exchange.
const views = { live, mail, webhooks, customers, time, worlds, faults, coverage };

const quiet = 300; // milliseconds between two refreshes for exchanges
const idle = 5000; // and without exchanges, since others may use the control API, too
const again = 1000; // between two requests to a server that does not answer, or for data that is moving

const state = { route: null, data: null, wrong: null, info: null, tenants: [], world: null, asked: 0, away: false, locked: false, paused: false, told: null };
let loading = null; // aborts the requests of the view
let more = false; // whether there was an exchange since they were sent
let stream = null; // aborts the stream of the tenant
const busy = new WeakSet(); // the forms whose request is under way
let due = 0; // the timer of the next refresh

// app has the functions and values that a view may use.
const app = {
  get route() { return state.route; },
  get tenant() { return state.route.tenant; },
  get info() { return state.info; },
  // now is the tenant's time. It goes on between two refreshes.
  get now() { return new Date(Date.parse(state.world.now) + (state.world.frozen || state.away ? 0 : performance.now() - state.asked)).toISOString(); },
  // narrowed reports whether the list is filtered, or not at its first page.
  get narrowed() { return state.route.pages.length > 0 || Object.keys(state.route.filters).length > 0; },
  get paused() { return state.paused; },
  link: (view, id, filters) => href({ view, id, tenant: state.route.tenant, filters }),
  go: (change) => { history.pushState(null, "", href({ ...state.route, ...change })); navigate(); },
  // filter sets the view's filters to the fields of a form, and goes to the first page.
  filter: (event) => {
    event.preventDefault();
    app.go({ filters: values(event.currentTarget.form ?? event.currentTarget), pages: [] });
  },
  pause: (paused) => { state.paused = paused; paused ? draw() : refresh(); },
  // act runs an action, shows its message, and refreshes the view. It reports whether the action succeeded.
  act: async (action, done) => {
    try {
      const message = await action();
      say(done ?? message ?? "Done.");
      return true;
    } catch (failure) {
      fail(failure);
      return false;
    } finally {
      refresh();
    }
  },
  // submit returns an event handler that calls act for a form, and empties the form after it, or goes to its first field that was
  // refused. A second click meanwhile does nothing.
  submit: (action, done) => async (event) => {
    event.preventDefault();
    const form = event.currentTarget;
    if (busy.has(form)) return;
    busy.add(form);
    if (await app.act(() => action(values(form), form), done)) form.reset();
    else form.querySelector("[aria-invalid=true]")?.focus();
    busy.delete(form);
  },
};

function fail(failure) {
  if (failure instanceof Away) return goneAway();
  if (failure.status === 401) {
    if (token()) complain("The server does not take this token.");
    setToken("");
    state.locked = true;
    return draw();
  }
  if (failure.shown) return draw(); // The view shows it at a field.
  complain(failure.message);
}

// refresh loads everything that is shown. Calls meanwhile make it load once more.
async function refresh() {
  if (loading) { more = true; return; }
  clearTimeout(due);
  const here = (loading = new AbortController());
  const { route } = state;
  try {
    state.info ??= await get("/info", here.signal);
    if (!route.tenant) return instead({ ...route, tenant: state.info.tenant });
    const view = views[route.view];
    const [list, world, data] = await Promise.allSettled([
      get("/tenants" + query({ limit: 25 }), here.signal),
      get(at`/tenants/${route.tenant}`, here.signal),
      view.load(route, here.signal, state),
    ]);
    if (here.signal.aborted) return;
    for (const one of [list, world, data]) {
      if (one.status === "rejected" && (one.reason instanceof Away || one.reason.status === 401)) throw one.reason;
    }
    state.tenants = list.value?.tenants ?? [];
    state.world = world.value ?? null;
    state.asked = performance.now();
    state.data = data.value ?? null;
    state.wrong = data.reason ?? null;
    state.away = state.locked = false;
    if (state.data) performance.mark("shown"); // For benchmarks.
    if (!stream && state.world) follow();
  } catch (failure) {
    if (here.signal.aborted) return;
    fail(failure);
  } finally {
    if (loading === here) loading = null;
  }
  draw();
  const soon = state.data && views[route.view].moving?.(state.data, app) ? again : idle;
  due = setTimeout(refreshUnseen, more ? quiet : soon);
  more = false;
}

// forget aborts the requests of the route.
function forget() {
  loading?.abort();
  loading = null;
}

// refreshUnseen refreshes without an exchange. It waits while the page is hidden, paused, locked or without a server.
function refreshUnseen() {
  if (document.hidden || state.paused || state.away || state.locked) {
    due = setTimeout(refreshUnseen, idle);
    return;
  }
  refresh();
}

// follow refreshes the view after each exchange of the tenant. A browser opens few connections to a server, so a hidden page
// closes its stream.
async function follow() {
  const { tenant } = state.route;
  const here = (stream = new AbortController());
  let soon = 0;
  const heard = () => {
    if (state.paused || soon) return;
    soon = setTimeout(() => { soon = 0; if (stream === here && !state.paused) refresh(); }, quiet);
  };
  try {
    await watch(tenant, heard, here.signal);
  } catch (failure) {
    if (failure.name === "AbortError") return;
    if (failure instanceof Away) goneAway();
  }
  if (stream === here) { // The server has ended it: the tenant or the server is gone.
    stream = null;
    setTimeout(refreshUnseen, again);
  }
}

function unfollow() {
  stream?.abort();
  stream = null;
}

document.addEventListener("visibilitychange", () => (document.hidden ? unfollow() : refreshUnseen()));

// goneAway shows a message until the server answers again.
async function goneAway() {
  if (state.away) return;
  state.away = true;
  unfollow();
  draw();
  while (!(await alive())) await new Promise((resolve) => setTimeout(resolve, again));
  state.away = false;
  state.info = null; // Another server may run there.
  say("The server is there again.");
  refresh();
}

// instead replaces the route in the address, so that the browser's back button skips the old one.
function instead(route) {
  history.replaceState(null, "", href(route));
  navigate();
}

function navigate() {
  const before = state.route;
  const route = read();
  if (!views[route.view]) {
    return instead({ tenant: route.tenant, view: "live" });
  }
  state.route = route;
  const moved = before?.view !== route.view || before?.id !== route.id || before?.tenant !== route.tenant;
  if (moved) state.data = state.wrong = null;
  if (moved && state.told?.bad) state.told = null;
  if (before?.tenant !== route.tenant) unfollow();
  document.title = [views[route.view].title, route.tenant, "standin"].filter(Boolean).join(" · ");
  draw();
  document.querySelector("nav .active")?.scrollIntoView({ block: "nearest", inline: "nearest" });
  if (before && moved) document.querySelector("h1")?.focus();
  forget();
  refresh();
}

let telling = 0;
addEventListener("said", ({ detail }) => {
  state.told = detail;
  draw();
  clearTimeout(telling);
  if (!detail.bad) telling = setTimeout(() => { state.told = null; draw(); }, 4000); // An error stays until it is closed.
});

setInterval(() => { if (state.world && !state.world.frozen && !state.away && !document.hidden) draw(); }, 1000);

// The templates of the frame.

function draw() {
  render(frame(), document.querySelector("#app"));
}

const frame = () => html`
  <a class="visually-hidden-focusable p-2" href="#main" @click=${(event) => { event.preventDefault(); document.querySelector("h1")?.focus(); }}>Skip to the content</a>
  <header class="border-bottom">
    <div class="container-fluid d-flex flex-wrap align-items-center gap-2 py-2">
      <strong class="me-2">standin</strong>
      ${tenantChoice()}
      <span class="small text-body-secondary ms-auto" id="clock">${state.world ? html`${moment(app.now)} UTC${state.world.frozen ? ", frozen" : ""}` : nothing}</span>
    </div>
    <nav class="container-fluid" aria-label="Views">
      <ul class="nav nav-underline flex-nowrap overflow-x-auto">
        ${Object.entries(views).map(([name, view]) => html`<li class="nav-item">
          <a class="nav-link ${state.route.view === name ? "active" : ""}" aria-current=${state.route.view === name ? "page" : nothing} href=${href({ view: name, tenant: state.route.tenant })}>${view.title}</a></li>`)}
        <li class="nav-item"><a class="nav-link" href=${"/_standin/console/api.html?" + new URLSearchParams({ tenant: state.route.tenant })}>API</a></li>
      </ul>
    </nav>
  </header>
  <div role="status" id="told">${state.told && !state.told.bad ? html`<div class="alert alert-success shadow">${text(state.told.message)}</div>` : nothing}</div>
  <div role="alert" id="trouble">
    ${state.away ? html`<div class="alert alert-warning m-3" id="away"><strong>The server does not answer.</strong> The page shows its last state, and goes on when the server answers again.</div>` : nothing}
    ${state.told?.bad ? html`<div class="alert alert-danger m-3 d-flex"><span class="lines flex-grow-1">${text(state.told.message)}</span>
      <button type="button" class="btn-close" aria-label="Close" @click=${() => { state.told = null; draw(); }}></button></div>` : nothing}
    ${state.info?.violations ? html`<div class="alert alert-danger m-3">The stand-in has broken its own document ${state.info.violations} times. <a class="alert-link" href=${app.link("coverage")}>Coverage</a> lists the answers. Please report it.</div>` : nothing}
  </div>
  <main id="main" class="container-fluid py-3" aria-busy=${state.data || state.wrong ? "false" : "true"}>
    <h1 class="h4" tabindex="-1">${views[state.route.view].title}</h1>
    ${state.locked ? lock() : content()}
  </main>
  <dialog id="confirm" aria-labelledby="question"><form method="dialog"><p id="question"></p>
    <div class="d-flex gap-2 justify-content-end"><button class="btn btn-outline-secondary" value="no">Cancel</button><button class="btn btn-danger" value="yes">Yes</button></div>
  </form></dialog>
  <footer class="container-fluid small text-body-secondary py-3">${state.info ? html`standin ${text(state.info.version)} · fixture ${text(state.info.fixture)} · ${text(state.info.url)}${token() ? nothing : html` · <a href="/metrics">metrics</a>`}` : nothing}</footer>`;

function content() {
  const { wrong, data, route } = state;
  if (wrong && !state.world) return html`<div class="alert alert-warning lines">${text(wrong.message)}
    <a class="alert-link" href=${href({ view: "worlds", tenant: state.info?.tenant })}>Worlds</a> lists the tenants. The first request that writes to a tenant creates it.</div>`;
  if (wrong) return html`<div class="alert alert-warning lines">${text(wrong.message)} <a class="alert-link" href=${app.link(route.view)}>Back to the list</a></div>`;
  return data ? views[route.view].show(data, app) : html`<p class="text-body-secondary">Loading…</p>`;
}

const tenantChoice = () => html`
  <label class="d-flex align-items-center gap-2"><span class="small">Tenant</span>
    <select class="form-select form-select-sm" id="tenant" @change=${(event) => app.go({ tenant: event.target.value, id: "", pages: [], filters: {} })}>
      ${[...new Set([state.route.tenant, ...state.tenants.map((one) => one.tenant)])].filter(Boolean).map((name) => html`<option value=${name} .selected=${name === state.route.tenant}>${name}</option>`)}
    </select></label>`;

const lock = () => html`
  <form class="card card-body narrow" @submit=${(event) => { event.preventDefault(); setToken(event.currentTarget.elements.token.value); state.locked = false; refresh(); }}>
    <p>The control API requires the token that the server was started with (<code>--control-token</code>). It is kept for this tab only.</p>
    <label class="form-label">Token <input class="form-control" type="password" name="token" required autocomplete="off"></label>
    <button class="btn btn-primary">Open</button>
  </form>`;

document.querySelector("#app").replaceChildren(); // It said that the console is loading.
addEventListener("hashchange", navigate);
navigate();
