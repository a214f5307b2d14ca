import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import { deleteCookie, setCookie } from 'hono/cookie';
import { authenticate } from '../../app/access/authenticate.js';
import { AppError } from '../../domain/errors.js';
import type { ApiKeyStore } from '../../ports/api-keys.js';
import { json, problem } from '../responses.js';
import { SESSION_COOKIE } from './identify.js';
import { openToAll } from './requires.js';

const session = z
  .object({
    required: z.boolean().openapi({ description: 'Whether this service answers only those who have a key.' }),
    signedIn: z.boolean().openapi({ description: 'Whether the request carries a key that is good.' }),
  })
  .openapi('Session');

const common = { path: '/v1/session', security: openToAll } as const;

const stateRoute = createRoute({
  ...common,
  method: 'get',
  summary: 'Is a key needed, and has one been given',
  responses: { 200: json('How it stands.', session) },
});

const signInRoute = createRoute({
  ...common,
  method: 'post',
  summary: 'Exchange an API key for a cookie, for pages',
  description:
    'Pictures and videos in a page cannot send a header. The cookie is out of the reach of scripts, is sent to the paths of the API alone (on every port of the host: browsers tell ports not apart), and ends with the browser; revoking the key ends it at once.',
  request: {
    body: {
      required: true,
      content: { 'application/json': { schema: z.object({ key: z.string().max(200) }) } },
    },
  },
  responses: { 200: json('Signed in.', session), 401: problem('The key is not good.') },
});

const signOutRoute = createRoute({
  ...common,
  method: 'delete',
  summary: 'Forget the cookie',
  responses: { 204: { description: 'Forgotten.' } },
});

/**
 * Without a path of its own a cookie is for the folder that it came from: `v1`, behind whichever prefix. Other services
 * of the same host do not get to see the key.
 */
const API_ALONE = { path: '' };

/** Signing in for browsers. Changes by other sites' pages are refused before they get to any route. */
export function addSessionRoutes(
  app: OpenAPIHono,
  { keys, needsKey }: { keys: ApiKeyStore; needsKey: boolean },
) {
  return app
    .openapi(stateRoute, (context) => {
      const caller = context.get('caller');
      const signedIn = caller !== 'anonymous' && !(caller instanceof AppError);
      return context.json({ required: needsKey, signedIn }, 200);
    })
    .openapi(signInRoute, async (context) => {
      const key = context.req.valid('json').key.trim();
      await authenticate(keys, key);
      setCookie(context, SESSION_COOKIE, key, {
        httpOnly: true,
        sameSite: 'Strict',
        ...API_ALONE,
        secure: isSecure(context.req.url, context.req.header('x-forwarded-proto')),
      });
      return context.json({ required: needsKey, signedIn: true }, 200);
    })
    .openapi(signOutRoute, (context) => {
      deleteCookie(context, SESSION_COOKIE, API_ALONE);
      return context.body(null, 204);
    });
}

/** By TLS here, or at the first proxy in front. */
function isSecure(url: string, forwardedProtocol: string | undefined): boolean {
  return new URL(url).protocol === 'https:' || /^https\b/i.test(forwardedProtocol ?? '');
}
