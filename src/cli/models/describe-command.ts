import { defineCommand } from 'citty';
import { describeModel, type ModelDescription } from '../../app/models/describe-model.js';
import { findModel, listModels } from '../../app/models/list-models.js';
import { loadBundle } from '../../model/read-bundle.js';
import { readSettings } from '../settings.js';
import { strictFlags } from '../strict-flags.js';
import { printable, processTerminal } from '../terminal.js';
import { idArgument, modelArguments, SHIPPED_MODELS } from './model-arguments.js';

export const describeCommand = defineCommand({
  meta: { name: 'describe', description: 'Tell what a model is; all of it is read and checked' },
  plugins: [strictFlags],
  args: { ...idArgument, ...modelArguments },
  async run({ args }) {
    const terminal = processTerminal();
    const { id, folder } = findModel(
      await listModels(readSettings(args).modelsFolder, SHIPPED_MODELS),
      args.id,
    );
    const { fingerprint, description } = await loadBundle(folder);
    const model = describeModel(description);
    if (args.json) terminal.line(JSON.stringify({ id, folder, fingerprint, ...model }));
    else for (const [name, value] of rows(model)) terminal.line(`${name.padEnd(14)}${printable(value)}`);
    if (!args.json) {
      terminal.line(`${'fingerprint'.padEnd(14)}${fingerprint}`);
      terminal.line(`${'folder'.padEnd(14)}${printable(folder)}`);
    }
  },
});

function rows(model: ModelDescription): [string, string][] {
  const { video, clips } = model;
  const output =
    model.dimension === undefined ? `${model.classes} classes` : `vectors of ${model.dimension} values`;
  return [
    ['name', model.name],
    ['kind', model.kind],
    ['licence', model.license],
    ['weights', `${(model.parameters / 1e6).toFixed(1)} million`],
    [
      'encoder',
      `VideoMamba, ${video.depth} blocks of width ${video.width}, ${video.stateSize} states a channel`,
    ],
    [
      'input',
      `${video.frames} frames of ${video.imageSize} x ${video.imageSize} px, patches of ${video.patchSize} px`,
    ],
    ['output', output],
    ...(model.maxTokens === undefined
      ? []
      : ([['texts', `up to ${model.maxTokens} tokens`]] satisfies [string, string][])),
    [
      'clips',
      `${clips.windowSeconds} s every ${clips.strideSeconds} s${clips.shots === false ? '' : ', inside shots'}`,
    ],
    ['on a CPU', model.cpuPrecision],
  ];
}
