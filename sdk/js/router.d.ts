import type { Request, Response } from "./message.js";

/** Answers a request. `params` are the parts of the path that the pattern names. */
export type Handler = (request: Request, params: Record<string, string>) => Response | Promise<Response>;

/**
 * Finds the function that answers a request, by its method and path; the first that fits. A pattern is a path; a part
 * of it that begins with `:` fits any one part that is not empty, and is a parameter, percent-decoded. Where nothing
 * fits, the answer is 404.
 */
export class Router {
  on(method: string, pattern: string, handler: Handler): this;
  get(pattern: string, handler: Handler): this;
  post(pattern: string, handler: Handler): this;
  put(pattern: string, handler: Handler): this;
  patch(pattern: string, handler: Handler): this;
  delete(pattern: string, handler: Handler): this;
  handle(request: Request): Response | Promise<Response>;
}
