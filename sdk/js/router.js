// Finds the function that answers a request, by its method and path.

import { Response } from "./message.js";
import { percentDecoded } from "./query.js";

export class Router {
  #routes = [];

  on(method, pattern, handler) {
    if (typeof handler !== "function") throw new TypeError(`${method} ${pattern} has no function to answer it`);
    if (!pattern.startsWith("/")) throw new TypeError(`the path '${pattern}' does not begin with /`);
    this.#routes.push({ method, segments: pattern.split("/"), handler });
    return this;
  }

  get(pattern, handler) {
    return this.on("GET", pattern, handler);
  }

  post(pattern, handler) {
    return this.on("POST", pattern, handler);
  }

  put(pattern, handler) {
    return this.on("PUT", pattern, handler);
  }

  patch(pattern, handler) {
    return this.on("PATCH", pattern, handler);
  }

  delete(pattern, handler) {
    return this.on("DELETE", pattern, handler);
  }

  handle(request) {
    const segments = request.route.split("/");
    for (const route of this.#routes) {
      const params = route.method === request.method ? match(route.segments, segments) : null;
      if (params === null) continue;
      request.params = params;
      return route.handler(request, params);
    }
    return Response.notFound();
  }
}

/** The parameters in a path of this pattern; none if it is another path. */
function match(pattern, segments) {
  if (pattern.length !== segments.length) return null;
  const params = {};
  for (let at = 0; at < pattern.length; at += 1) {
    const name = pattern[at].startsWith(":") ? pattern[at].slice(1) : null;
    if (name === null && pattern[at] !== segments[at]) return null;
    if (name !== null && segments[at] === "") return null;
    if (name !== null) params[name] = percentDecoded(segments[at]);
  }
  return params;
}
