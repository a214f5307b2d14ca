import { spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Answer } from '../../src/domain/answer.js';
import { type OpenAiServer, startOpenAiServer } from '../support/openai-server.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const clip = join(root, 'models', 'playground', 'test', 'videos', 'video3.mp4');
const hasFfmpeg = spawnSync('ffmpeg', ['-version']).status === 0;

let upstream: OpenAiServer;
beforeAll(async () => {
  upstream = await startOpenAiServer();
});
afterAll(() => upstream.stop());

/** Runs the command line in a process of its own, with a served model. */
async function videre(model: string, ...args: string[]) {
  const env = {
    ...process.env,
    VIDERE_LLM_URL: upstream.baseUrl,
    VIDERE_LLM_MODEL: model,
    VIDERE_LLM_KEY: 'sk-secret',
  };
  const child = spawn(process.execPath, [join(root, 'bin', 'videre.mjs'), ...args], { cwd: root, env });
  const exited = new Promise<number | null>((resolve) => child.once('close', resolve));
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { exitCode: await exited, stdout, stderr };
}

describe.skipIf(!hasFfmpeg)(`videre ask${hasFfmpeg ? '' : ' (skipped: no ffmpeg here)'}`, () => {
  it('answers about library and video, goes on in a conversation, and says what is wrong', async () => {
    const library = ['--data', await temporaryFolder()];
    expect(await videre('vllm', 'ingest', clip, ...library, '--captions')).toMatchObject({ exitCode: 0 });

    const told = await videre('vllm', 'ask', 'what circles?', ...library);
    expect(told).toMatchObject({ exitCode: 0 });
    expect(told.stdout).toMatch(
      /^A red scene is first\. Then a green one\.\n\n {2}(ok|\?\?) {2}0:00\.0-0:\d\d\.\d {2}video3 {2}\d+ % {2}A red/,
    );
    const [, conversation] = /--conversation ([0-9a-f-]{36})/.exec(told.stderr)!;

    const next = await videre(
      'vllm',
      'ask',
      '--conversation',
      conversation!,
      'and then?',
      ...library,
      '--json',
    );
    expect(JSON.parse(next.stdout) as Answer).toMatchObject({
      conversationId: conversation,
      outcome: 'answered',
    });

    const about = await videre('abstain', 'ask', 'video3', 'is there a boat?', ...library);
    expect(about.stdout).toBe('No boat is shown.\n(The clips do not tell.)\n');
    // The caption that was written when the video came in is evidence by now.
    const { messages } = (await upstream.received('abstain'))[0]!.body;
    expect(messages.at(-1)!.content).toContain('caption: "A red scene is first. Then a green one."');

    // What is wrong with video, question and model; and nothing of what a server said.
    const unknown = await videre('vllm', 'ask', 'nobody', 'what is it?', ...library);
    expect(unknown).toMatchObject({
      exitCode: 66,
      stderr: expect.stringContaining('There is no video "nobody".'),
    });
    const unquoted = await videre('vllm', 'ask', 'what', 'is', 'it', ...library);
    expect(unquoted).toMatchObject({
      exitCode: 64,
      stderr: expect.stringContaining('videre ask "what is it"'),
    });

    const failed = await videre('forbidden', 'ask', 'what is it?', ...library, '--json');
    expect(failed).toMatchObject({ exitCode: 69 });
    expect(JSON.parse(failed.stdout)).toMatchObject({
      error: { code: 'language-model-refused', details: { upstreamStatus: 401 } },
    });
    expect(failed.stdout + failed.stderr).not.toMatch(/SECRET|sk-secret/);
  }, 240_000);
});
