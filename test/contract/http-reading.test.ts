import { afterAll, beforeAll } from 'vitest';
import { OpenAiLanguageModel } from '../../src/adapters/language-openai/openai-language-model.js';
import { createApp } from '../../src/http/create-app.js';
import { type OpenAiServer, startOpenAiServer } from '../support/openai-server.js';
import { readingLibrary } from '../support/reading-library.js';
import type { WhenOver } from '../support/temporary-folder.js';
import { ASKED_MODELS, describeAsking } from './http-ask.contract.js';
import { describeSearch } from './http-search.contract.js';
import { describeVideos } from './http-videos.contract.js';

let upstream: OpenAiServer;
beforeAll(async () => {
  upstream = await startOpenAiServer();
});
afterAll(() => upstream.stop());

/** `videre serve`, with an app for each language model. */
async function openServer(whenOver: WhenOver) {
  const { library, idOf, folder } = await readingLibrary(whenOver);
  const apps = new Map(
    ASKED_MODELS.map((model) => {
      const languageModel = new OpenAiLanguageModel({
        baseUrl: upstream.baseUrl,
        model,
        takes: ['text'],
        limits: { retryPauseMs: 5 },
      });
      const answers = { ...library.answers, languageModel };
      const served = { ...library, answers, version: '1.2.3', reportsFolder: folder, logFault: () => {} };
      return [model as string, createApp(served)];
    }),
  );
  return {
    idOf,
    request: async (path: string, init?: RequestInit, model: string = ASKED_MODELS[0]) =>
      apps.get(model)!.request(path, init),
  };
}

describeSearch('the server', openServer);
describeVideos('the server', openServer);
describeAsking('the server', openServer, () => upstream);
