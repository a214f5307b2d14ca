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
import type { FailedRequest } from '../http/guarded-app.js';
import { VERSION } from '../version.js';
import { accessOptions } from './access-options.js';
import { engineLine } from './engine-line.js';
import { HttpService } from './http-service.js';
import { interruptSignal } from './interrupt.js';
import { LiveApp, type Serving } from './live-app.js';
import { SHIPPED_MODELS } from './models/model-arguments.js';
import { startEncoder } from './serve-encoder.js';
import type { Settings } from './settings/table.js';
import { readModelSettings, settingsArguments } from './settings.js';
import { strictFlags } from './strict-flags.js';
import { processTerminal } from './terminal.js';

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
    role: {
      type: 'string',
      valueHint: 'ROLE',
      description: 'all (default); api, with the encoders of VIDERE_ENCODERS; encoder, without a library',
    },
    ...settingsArguments,
    json: { type: 'boolean', description: 'Print where it listens as JSON' },
  },
  async run({ args }) {
    const terminal = processTerminal();
    const settings = await readModelSettings(args);
    const signal = interruptSignal();
    const log = pino({ name: 'videre' }, pino.destination(2));
    const logFault = (err: unknown, request: FailedRequest) => log.error({ err, request }, 'request failed');
    if (settings.role === 'encoder') {
      const encoder = await startEncoder(settings, { shippedModels: SHIPPED_MODELS }, logFault);
      const { url, kernel: engine } = encoder;
      terminal.line(
        args.json ? JSON.stringify({ url, engine }) : `Videre encodes for others at ${url} (${engine}).`,
      );
      return encoder.runUntil(signal);
    }
    assertRole(settings);
    const needsKey = settings.requireKey || !isLoopback(settings.host);
    if (needsKey) await assertKeyExists(settings);
    const { mediaRoots, maxUploadBytes, allowUrls } = settings;
    const opened = await openServing(
      { ...settings, intake: { mediaRoots, maxUploadBytes, allowUrls }, shippedModels: SHIPPED_MODELS },
      {
        logFailure: (err, job) => {
          // A file that is no video is the client's affair, and told there.
          const level = job === undefined || err.code === 'internal' ? 'error' : 'info';
          log[level](
            { err, job: job && { id: job.id, attempts: job.attempts } },
            job ? 'job failed' : err.message,
          );
        },
        onDrained: ({ ended, released }) => {
          if (ended.length + released.length === 0) return;
          log.info({ ended, released }, 'jobs under way were ended, or go on at the next start');
        },
      },
    );
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

function assertRole({ role, encoders }: Settings): void {
  if ((role === 'api') === encoders.length > 0) return;
  throw role === 'api'
    ? new AppError('invalid-input', 'The role api needs encoders, and none is named.', {
        hint: 'Start some with "videre serve --role encoder", and name them in VIDERE_ENCODERS.',
      })
    : new AppError('invalid-input', `VIDERE_ENCODERS names encoders, and the role is ${role}.`, {
        hint: 'Serve with --role api, or name none.',
      });
}

async function assertKeyExists(settings: Settings): Promise<void> {
  const { host, dataFolder } = settings;
  const keys = await openApiKeys(settings);
  const exists = await hasUsableKey(keys).finally(() => keys.close());
  if (exists) return;
  const reason = isLoopback(host)
    ? 'An API key is to be asked for, and there is none.'
    : `Others can reach ${host}: Videre does not listen there without an API key.`;
  throw new AppError('invalid-input', reason, {
    hint: `Make one with: videre keys create NAME --scope admin --data ${dataFolder}`,
  });
}
