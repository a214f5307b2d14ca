import { defineCommand } from 'citty';
import { type ImportReport, importCheckpoint } from '../../app/import-checkpoint.js';
import { AppError } from '../../domain/errors.js';
import { strictFlags } from '../strict-flags.js';
import { printable, processTerminal } from '../terminal.js';

export const importCommand = defineCommand({
  meta: {
    name: 'import',
    description: 'Make a model bundle of a VideoMamba checkpoint; reading one executes nothing',
  },
  plugins: [strictFlags],
  args: {
    checkpoint: {
      type: 'positional',
      required: true,
      description: 'A .pth of torch.save, or a safetensors file',
    },
    out: { type: 'positional', required: true, description: 'Folder to make the bundle in' },
    config: {
      type: 'string',
      valueHint: 'CONFIG.json',
      required: true,
      description: 'Geometry of the model (docs/bundle-format.md)',
    },
    tokenizer: {
      type: 'string',
      valueHint: 'FILE',
      description: 'tokenizer.json or vocab.txt; a retrieval model needs one',
    },
    overwrite: { type: 'boolean', description: 'Replace a bundle that is there already' },
    json: { type: 'boolean', description: 'Print the report as JSON' },
  },
  async run({ args }) {
    const [, , ...surplus] = args._;
    if (surplus.length > 0) {
      throw new AppError(
        'invalid-input',
        `"${surplus[0]}" is one argument too many; expected are CHECKPOINT and OUT.`,
      );
    }
    const report = await importCheckpoint({
      checkpointPath: args.checkpoint,
      config: args.config,
      tokenizerPath: args.tokenizer,
      outputFolder: args.out,
      overwrite: args.overwrite ?? false,
    });
    const terminal = processTerminal();
    if (args.json) terminal.line(JSON.stringify(reportFacts(report, args.out)));
    else for (const line of reportLines(report, args.out)) terminal.line(printable(line));
  },
});

function reportFacts({ bundle, changes, dropped }: ImportReport, output: string): Record<string, unknown> {
  return { folder: output, fingerprint: bundle.fingerprint, ...bundle.description, changes, dropped };
}

function reportLines({ bundle, changes, dropped }: ImportReport, output: string): string[] {
  const { name, kind, video } = bundle.description;
  return [
    `${name}: ${kind}, ${video.depth} blocks of width ${video.width}, ${video.frames} frames of ${video.imageSize} px`,
    ...changes,
    ...(dropped.length > 0 ? [`${dropped.length} training-only tensors left behind`] : []),
    `fingerprint ${bundle.fingerprint}`,
    `written to ${output}`,
  ];
}
