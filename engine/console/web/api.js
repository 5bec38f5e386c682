// The control API: the only thing that the console speaks to. Its document is spec/control.yaml.

const tokenKey = "standin control token"; // Kept by the browser for this tab only.

// Refused is an answer of 4xx or 5xx.
export class Refused extends Error {
  constructor(status, problem) {
    const details = (problem?.details ?? []).map((d) => `${d.field}: ${d.message}`);
    super([problem?.message ?? `The answer is ${status}.`, ...details].join("\n"));
    this.status = status;
  }
}

// Away says that nobody answered.
export class Away extends Error {
  constructor() { super("The server does not answer."); }
}

// at writes a path below /_standin, its values escaped: at`/tenants/${name}/clock`.
export const at = (texts, ...values) =>
  texts.reduce((path, text, i) => path + encodeURIComponent(values[i - 1]) + text);

// query writes the parameters that have a value.
export function query(parameters) {
  const said = Object.entries(parameters).filter(([, value]) => value !== undefined && value !== null && value !== "");
  return said.length ? "?" + new URLSearchParams(said) : "";
}

export const token = () => sessionStorage.getItem(tokenKey) ?? "";
export const setToken = (text) => sessionStorage.setItem(tokenKey, text);

// A header has bytes, and a browser writes one for each character; so those of the token are UTF-8's.
export const authorization = () => (token() ? { Authorization: "Bearer " + String.fromCharCode(...new TextEncoder().encode(token())) } : {});

async function send(method, path, { body, type = "application/json", signal, headers = {} } = {}) {
  let sent = body;
  if (body !== undefined) {
    headers = { ...headers, "Content-Type": type };
    sent = typeof body === "string" ? body : JSON.stringify(body);
  }
  let response;
  try {
    response = await fetch("/_standin" + path, { method, body: sent, signal, cache: "no-store", headers: { ...headers, ...authorization() } });
  } catch (failure) {
    if (failure.name === "AbortError") throw failure;
    throw new Away();
  }
  if (!response.ok) throw new Refused(response.status, await response.json().catch(() => null));
  return response;
}

async function receive(method, path, options) {
  const response = await send(method, path, options);
  if (response.status === 204) return null;
  const isJSON = response.headers.get("Content-Type")?.startsWith("application/json");
  try {
    return await (isJSON ? response.json() : response.text());
  } catch (failure) {
    if (failure.name === "AbortError") throw failure;
    throw new Away(); // It went away in the middle of its answer.
  }
}

export const get = (path, signal) => receive("GET", path, { signal });
export const post = (path, body, type) => receive("POST", path, { body, type });
export const patch = (path, body) => receive("PATCH", path, { body });
export const remove = (path) => receive("DELETE", path);

// alive says whether the server is ready.
export const alive = () => fetch("/readyz", { cache: "no-store" }).then((r) => r.ok, () => false);

// watch calls heard once the stream of a tenant's exchanges is open, and for each piece of it. It ends when the
// stream does: by an error unless the signal has ended it.
export async function watch(tenant, heard, signal) {
  const response = await send("GET", at`/tenants/${tenant}/journal/stream`, { signal });
  const reader = response.body.getReader();
  for (;;) {
    let piece;
    try {
      piece = await reader.read();
    } catch (failure) {
      if (failure.name === "AbortError") throw failure;
      throw new Away();
    }
    if (piece.done) return;
    heard();
  }
}

// page asks for one page of a list. Its member more is the cursor of the next page, if there is anything on it.
export async function page(path, list, parameters, cursor, signal, cursorName = "cursor") {
  const ask = (limit, from) => get(path + query({ ...parameters, limit, [cursorName]: from }), signal);
  const answer = await ask(parameters.limit, cursor);
  const full = answer[list].length === parameters.limit;
  const behind = full && (await ask(1, answer.cursor))[list].length > 0;
  return { ...answer, items: answer[list], more: behind ? answer.cursor : "" };
}
