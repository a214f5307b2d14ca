import { defineCommand } from 'citty';
import pino from 'pino';
import { hasUsableKey } from '../app/access/manage-api-keys.js';
import { reportsFolder } from '../app/evaluation/kept-reports.js';
import { openApiKeys } from '../composition/open-api-keys.js';
import { openServing, type ServedLibrary } from '../composition/open-serving.js';
import type { TakenUp } from '../composition/open-work.js';
import { AppError } from '../domain/errors.js';
import type { Job } from '../domain/job.js';
import { isLoopback } from '../http/access/loopback.js';
import { createApp } from '../http/create-app.js';
import type { AccessOptions } from '../http/guard.js';
import type { FailedRequest } from '../http/guarded-app.js';
import type { ApiKeyStore } from '../ports/api-keys.js';
import { VERSION } from '../version.js';
import { engineLine } from './engine-line.js';
import { HttpService } from './http-service.js';
import { interruptSignal } from './interrupt.js';
import { LiveApp, type Serving } from './live-app.js';
import { SHIPPED_MODELS } from './models/model-arguments.js';
import type { Settings } from './settings/table.js';
import { readSettings, settingsArguments } from './settings.js';
import { strictFlags } from './strict-flags.js';
import { processTerminal } from './terminal.js';

const KEYED_REQUESTS_PER_MINUTE = 1200;

export const serveCommand = defineCommand({
  meta: { name: 'serve', description: 'Answer searches over HTTP' },
  plugins: [strictFlags],
  args: {
    port: {
      type: 'string',
      valueHint: 'N',
      description: 'Port (default 7330; 0 takes any that is free)',
    },
    host: {
      type: 'string',
      valueHint: 'ADDRESS',
      description:
        'Address to listen on (default 127.0.0.1; others can reach any other, and need an API key)',
    },
    'require-key': { type: 'boolean', description: 'Ask for an API key on this machine too' },
    ...settingsArguments,
    json: { type: 'boolean', description: 'Print where it listens as JSON' },
  },
  async run({ args }) {
    const terminal = processTerminal();
    const settings = readSettings(args);
    const needsKey = settings.requireKey || !isLoopback(settings.host);
    const signal = interruptSignal();
    if (needsKey) await assertKeyExists(settings);
    const log = pino({ name: 'videre' }, pino.destination(2));
    const { mediaRoots, maxUploadBytes, allowUrls } = settings;
    const opened = await openServing(
      { ...settings, intake: { mediaRoots, maxUploadBytes, allowUrls }, shippedModels: SHIPPED_MODELS },
      (err, job) => {
        // A file that is no video is the client's affair, and told there.
        const level = job === undefined || err.code === 'internal' ? 'error' : 'info';
        log[level](
          { err, job: job && { id: job.id, attempts: job.attempts } },
          job ? 'job failed' : err.message,
        );
      },
    );
    const logFault = (err: unknown, request: FailedRequest) => log.error({ err, request }, 'request failed');
    const graceMs = settings.shutdownSeconds * 1000;
    const serving = (library: ServedLibrary, isFirst: boolean): Serving => {
      const left = new AbortController();
      const app = createApp({
        ...library,
        access: accessOptions(settings, library.apiKeys, needsKey),
        version: VERSION,
        reportsFolder: reportsFolder(settings.dataFolder),
        logFault,
        leaving: AbortSignal.any([signal, left.signal]),
      });
      return {
        ...library,
        fetch: app.fetch,
        leave: () => left.abort(),
        // The second answers before it begins: uploads may be under way then.
        begin: async () => sayWhatWasLeft(await library.begin({ removesRemains: isFirst }), log),
      };
    };
    const live = await LiveApp.start(serving(opened.library, true), {
      openNext: async () => serving(await opened.openSwitched(), false),
      onFault: (err) => log.error({ err }, 'the new model cannot be served; start again when that is mended'),
      graceMs,
    });
    try {
      const service = await HttpService.start(live.fetch, settings);
      const { url } = service;
      const { videos, clips } = await opened.library.catalog.size();
      const { model } = opened.library.textEncoder;
      if (args.json) terminal.line(JSON.stringify({ url, videos, clips, engine: model.kernel }));
      else {
        terminal.line(`Videre listens on ${url} (${videos} videos, ${clips} clips). Ctrl-C ends it.`);
        terminal.line(engineLine(model));
        terminal.line(
          `Try: curl -s ${url}/v1/search -H 'content-type: application/json' -d '{"query":"a dog"}'`,
        );
      }
      await service.runUntil(signal, graceMs);
    } finally {
      await live.close().finally(() => opened.close());
    }
  },
});

/** An earlier process that was ended hard leaves work behind. */
function sayWhatWasLeft({ requeued, poisoned, cancelled, removedFiles }: TakenUp, log: pino.Logger): void {
  if ([requeued, poisoned, cancelled, removedFiles].every(({ length }) => length === 0)) return;
  const ids = (jobs: readonly Job[]) => jobs.map(({ id }) => id);
  log.warn(
    { requeued: ids(requeued), poisoned: ids(poisoned), cancelled: ids(cancelled), removedFiles },
    'took up what an earlier process left',
  );
}

async function assertKeyExists({ host, dataFolder }: Settings): Promise<void> {
  const keys = await openApiKeys(dataFolder);
  const exists = await hasUsableKey(keys).finally(() => keys.close());
  if (exists) return;
  const reason = isLoopback(host)
    ? 'An API key is to be asked for, and there is none.'
    : `Others can reach ${host}: Videre does not listen there without an API key.`;
  throw new AppError('invalid-input', reason, {
    hint: `Make one with: videre keys create NAME --scope admin --data ${dataFolder}`,
  });
}

function accessOptions(settings: Settings, keys: ApiKeyStore, needsKey: boolean): AccessOptions {
  const { host, allowedHosts, corsOrigins, requestsPerMinute, maxConcurrentRequests } = settings;
  const isOurHost = (name: string) => isLoopback(name) || name === host || allowedHosts.includes(name);
  return {
    keys,
    needsKey,
    // Where a key is needed, another name for our address gains a page nothing.
    isOurHost: needsKey ? undefined : isOurHost,
    corsOrigins,
    requestsPerMinute: requestsPerMinute ?? (needsKey ? KEYED_REQUESTS_PER_MINUTE : undefined),
    maxConcurrentRequests,
  };
}
