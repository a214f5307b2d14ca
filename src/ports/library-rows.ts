/**
 * The tables of a library's database, each after those it refers to. Indexes and the words of videos are not among them:
 * whoever takes rows in makes those anew.
 */
export const LIBRARY_TABLES = [
  'libraryModels',
  'apiKeys',
  'videos',
  'clips',
  'captions',
  'jobs',
  'jobEvents',
  'idempotencyKeys',
  'webhooks',
  'webhookDeliveries',
  'conversations',
  'conversationTurns',
  'turnVideos',
] as const;

export type LibraryTable = (typeof LIBRARY_TABLES)[number];

/** By column, under the same names and in the same types in every database; bytes are a `Buffer`. */
export type LibraryRow = Readonly<Record<string, unknown>>;

/** The rows of a library's database as they are, whatever they mean: to take all of it to another one. */
export interface LibraryRows {
  count(table: LibraryTable): Promise<number>;
  /**
   * Rows in the order of their keys, after the row given, or from the first.
   * @throws AppError `corrupt-data` naming the clip that does not match its checksum.
   */
  rowsAfter(table: LibraryTable, after: LibraryRow | undefined, limit: number): Promise<LibraryRow[]>;
  /** All of them or none, with all their numbers. @throws AppError `invalid-input` for what this database cannot keep. */
  insert(table: LibraryTable, rows: readonly LibraryRow[]): Promise<void>;
  /** The highest number each table has ever given to a row: numbers are not used twice. */
  lastNumbers(): Promise<Partial<Record<LibraryTable, number>>>;
  /** From here on higher numbers are given. */
  raiseNumbers(to: Partial<Record<LibraryTable, number>>): Promise<void>;
}
