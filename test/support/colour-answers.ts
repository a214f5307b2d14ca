import { join } from 'node:path';
import { BlobFiles } from '../../src/adapters/blob-files/blob-files.js';
import type { LibraryDatabase } from '../../src/adapters/catalog-sqlite/library-database.js';
import { SqliteCaptions } from '../../src/adapters/catalog-sqlite/sqlite-captions.js';
import { SqliteConversations } from '../../src/adapters/catalog-sqlite/sqlite-conversations.js';
import type { AskParts } from '../../src/app/answers/ask-library.js';
import { CaptionBank } from '../../src/app/answers/caption-bank.js';
import { FilePictures } from '../../src/app/answers/file-pictures.js';
import type { CaptionStore } from '../../src/ports/caption-store.js';
import type { LanguageModel } from '../../src/ports/language-model.js';
import { ColourTextEncoder, ScriptReader } from './colour-world.js';

/** Sentences about colours, each of which fits a video of one colour less well than its name. */
const UNRELATED = ['red green', 'green blue', 'red blue', 'a cat', 'red red green', 'blue blue red'];

/** What asking takes in the colour world. */
export function colourAnswers(
  dataFolder: string,
  database: LibraryDatabase,
  languageModel?: LanguageModel,
): AskParts & { captions: CaptionStore } {
  return {
    languageModel,
    pictures: new FilePictures({
      media: new ScriptReader(),
      blobs: new BlobFiles(join(dataFolder, 'blobs')),
      features: undefined,
    }),
    captions: new SqliteCaptions(database),
    conversations: new SqliteConversations(database),
    bank: new CaptionBank(UNRELATED, new ColourTextEncoder()),
  };
}
