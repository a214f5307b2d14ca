import { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { AppError } from '../domain/errors.js';
import type { Metrics } from '../ports/metrics.js';
import { type AccessOptions, guard } from './guard.js';
import { problemResponse, RequestError } from './problem.js';

export interface GuardedAppOptions {
  access: AccessOptions;
  metrics: Metrics;
  /** Hears of faults inside Videre; what the client did wrong is told to the client. */
  logFault: (fault: unknown, request: FailedRequest) => void;
  /** What to say to those who ask for what is not there. */
  absent?: string | undefined;
}

/** Says which request failed, and nothing that may be secret: no query, no headers. */
export interface FailedRequest {
  id: string;
  method: string;
  path: string;
}

/** For routes whose answer has begun when something fails. */
export type TellFault = (fault: unknown, context: Context) => void;

/** An app without routes: it tells errors as problems, and lets nobody past who may not come in. */
export function guardedApp({ access, metrics, logFault, absent }: GuardedAppOptions): {
  app: OpenAPIHono;
  tellFault: TellFault;
} {
  const app = new OpenAPIHono({
    defaultHook: (result) => {
      if (!result.success) throw new RequestError(result.target, result.error);
    },
  });
  const tellFault: TellFault = (fault, context) => {
    const { method, path } = context.req;
    logFault(fault, { id: context.get('requestId'), method, path });
  };
  app.onError((thrown, context) => {
    const response = problemResponse(context, thrown);
    // That much is going on is no fault; who is turned away is told, and a log of them would only be long.
    const isBusy = thrown instanceof AppError && thrown.code === 'overloaded';
    if (response.status >= 500 && !isBusy) tellFault(thrown, context);
    return response;
  });
  app.notFound((context) => {
    const missing = new AppError('not-found', `There is no ${context.req.method} ${context.req.path}.`, {
      hint: absent ?? 'See /openapi.json for what there is.',
    });
    return problemResponse(context, missing);
  });
  guard(app, access, metrics, absent);
  return { app, tellFault };
}
