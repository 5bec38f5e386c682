// Requests to the control API, the only server that the console uses. Its document is spec/control.yaml.

const tokenKey = "standin control token"; // The key in the session storage, which is that of this tab only.

// Refused is the error for an answer of 4xx or 5xx.
export class Refused extends Error {
  constructor(status, problem) {
    const details = problem?.details ?? [];
    super([problem?.message ?? `The answer is ${status}.`, ...details.map((d) => `${d.field}: ${d.message}`)].join("\n"));
    this.status = status;
    this.details = details;
  }
}

// Away is the error for a server that does not answer.
export class Away extends Error {
  constructor() { super("The server does not answer."); }
}

// at returns a path below /_standin with its values escaped: at`/tenants/${name}/clock`.
export const at = (texts, ...values) =>
  texts.reduce((path, text, i) => path + encodeURIComponent(values[i - 1]) + text);

// query returns the query string of the parameters that have a value.
export function query(parameters) {
  const said = Object.entries(parameters).filter(([, value]) => value !== undefined && value !== null && value !== "");
  return said.length ? "?" + new URLSearchParams(said) : "";
}

export const token = () => sessionStorage.getItem(tokenKey) ?? "";
export const setToken = (text) => sessionStorage.setItem(tokenKey, text);

// A browser writes one byte for each character of a header, so the token is given as the bytes of its UTF-8.
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
    throw new Away(); // The connection ended within the answer.
  }
}

export const get = (path, signal) => receive("GET", path, { signal });
export const post = (path, body, type) => receive("POST", path, { body, type });
export const patch = (path, body) => receive("PATCH", path, { body });
export const remove = (path) => receive("DELETE", path);

// alive reports whether the server is ready.
export const alive = () => fetch("/readyz", { cache: "no-store" }).then((r) => r.ok, () => false);

// watch calls heard once the stream of a tenant's exchanges is open, and for each piece of the stream. It returns when the server
// ends the stream. It throws an AbortError if the signal ends the stream, and Away if the connection breaks.
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

// page returns one page of a list. Its member more is the cursor of the next page, if that is not empty.
export async function page(path, list, parameters, cursor, signal, cursorName = "cursor") {
  const ask = (limit, from) => get(path + query({ ...parameters, limit, [cursorName]: from }), signal);
  const answer = await ask(parameters.limit, cursor);
  const full = answer[list].length === parameters.limit;
  const behind = full && (await ask(1, answer.cursor))[list].length > 0;
  return { ...answer, items: answer[list], more: behind ? answer.cursor : "" };
}
