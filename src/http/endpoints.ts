import type { OpenAPIHono, RouteConfig } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { matchedRoutes } from 'hono/route';

/** The route that will answer a request. */
export interface Endpoint {
  method: string;
  /** As it was registered: `/v1/videos/:id`. */
  path: string;
  /** Its description; undefined for what the OpenAPI document does not list. */
  definition: RouteConfig | undefined;
}

/** Finds which route a request goes to, before it gets there: by the router's own match, so that no spelling of a path gets round it. */
export class Endpoints {
  readonly #app: OpenAPIHono;
  #definitions: Map<string, RouteConfig> | undefined;
  /** Several of those in front of a route ask. */
  readonly #found = new WeakMap<Context, Endpoint | undefined>();

  constructor(app: OpenAPIHono) {
    this.#app = app;
  }

  /** Undefined when no route takes the request. */
  of(context: Context): Endpoint | undefined {
    if (!this.#found.has(context)) this.#found.set(context, this.#find(context));
    return this.#found.get(context);
  }

  #find(context: Context): Endpoint | undefined {
    const route = matchedRoutes(context).findLast(({ method }) => method !== 'ALL');
    if (route === undefined) return undefined;
    const { method, path } = route;
    // Routes are added after the middleware that asks for them, so the list is made at the first request.
    this.#definitions ??= definitionsOf(this.#app);
    return { method, path, definition: this.#definitions.get(`${method} ${path}`) };
  }
}

function definitionsOf(app: OpenAPIHono): Map<string, RouteConfig> {
  const routes = app.openAPIRegistry.definitions.flatMap((definition) =>
    definition.type === 'route' ? [definition.route] : [],
  );
  return new Map(
    routes.map((route) => {
      const path = route.path.replaceAll(/\/\{(.+?)\}/g, '/:$1');
      return [`${route.method.toUpperCase()} ${path}`, route];
    }),
  );
}
