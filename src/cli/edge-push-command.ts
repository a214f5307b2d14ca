import { defineCommand } from 'citty';
import { type PushReport, pushLibrary } from '../app/edge/push-library.js';
import { openEdgeCopy, openEdgeSource } from '../composition/open-edge-push.js';
import { AppError } from '../domain/errors.js';
import { interruptSignal } from './interrupt.js';
import { errorText } from './report-error.js';
import { readSettings, settingsArguments } from './settings.js';
import { ShareBar } from './share-bar.js';
import { strictFlags } from './strict-flags.js';
import { printable, processTerminal } from './terminal.js';

export const edgePushCommand = defineCommand({
  meta: {
    name: 'push',
    description:
      'Publish the library: what is new or changed goes to the Worker, what is gone goes away there',
  },
  plugins: [strictFlags],
  args: {
    url: {
      type: 'positional',
      required: true,
      description: 'Address of the Worker, as https://videre.NAME.workers.dev',
    },
    keys: { type: 'boolean', description: 'The API keys of the library open the copy, too, and no others' },
    replace: { type: 'boolean', description: 'Put this library in the place of a copy of another one' },
    'dry-run': { type: 'boolean', description: 'Only tell what would be sent and removed' },
    ...settingsArguments,
    json: { type: 'boolean', description: 'Print the report as JSON' },
  },
  async run({ args }) {
    const terminal = processTerminal();
    const bar = new ShareBar(terminal);
    const settings = readSettings(args);
    const signal = interruptSignal();
    const { edge, traffic } = openEdgeCopy(args.url, pushKeyOf(settings.edgePushKey), signal);
    const withoutFile: string[] = [];
    const startMs = performance.now();
    bar.show('measuring', 0);
    const source = await openEdgeSource(settings, args.keys ?? false);
    try {
      const dryRun = args['dry-run'] ?? false;
      const report = await pushLibrary(source, edge, {
        replace: args.replace ?? false,
        dryRun,
        signal,
        onProgress: (stage, share) => bar.show(stage, share),
        onMissing: (title, error) => {
          withoutFile.push(title);
          terminal.note(`${printable(title)} goes without its file: ${errorText(error)}`);
        },
      });
      bar.stop();
      const seconds = (performance.now() - startMs) / 1000;
      terminal.line(
        args.json
          ? JSON.stringify({ ...report, dryRun, withoutFile, ...traffic, seconds })
          : dryRun
            ? planSentence(report)
            : `${doneSentence(report)} ${traffic.requests} requests, ${megabytes(traffic.sentBytes)} MB, ${seconds.toFixed(1)} s.`,
      );
    } finally {
      bar.stop();
      await source.close();
    }
  },
});

function pushKeyOf(key: string | undefined): string {
  if (key !== undefined) return key;
  throw new AppError('invalid-input', 'VIDERE_EDGE_PUSH_KEY is not set.', {
    hint: 'It is the key that the Worker has as its secret of this name: see docs/edge.md.',
  });
}

function doneSentence(report: PushReport): string {
  const { videos, clips, added, changed, removed, switchedModel } = report;
  const difference =
    added + changed + removed === 0
      ? 'nothing had changed'
      : `${added} added, ${changed} changed, ${removed} removed`;
  const model = switchedModel ? ', with another model' : '';
  return `The Worker has all ${videos} videos and ${clips} clips (${difference}${model}).`;
}

function planSentence({ added, changed, removed, files, fileBytes, switchedModel }: PushReport): string {
  const model = switchedModel ? ', and the vectors of another model' : '';
  return `Would add ${added} videos, change ${changed} and remove ${removed}: ${files} files, ${megabytes(fileBytes)} MB${model}.`;
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(1);
}
