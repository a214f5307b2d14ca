import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** How a key is written: `videre_ID_SECRET`. The word in front lets people and secret scanners see what it is. */
const FORM = /^videre_([0-9a-f]{12})_([A-Za-z0-9_-]{43})$/;
const ID_BYTES = 6;
const SECRET_BYTES = 32;

export interface ApiKeyText {
  id: string;
  secret: string;
}

/** A new key from the system's random source. */
export function drawApiKey(): ApiKeyText {
  return {
    id: randomBytes(ID_BYTES).toString('hex'),
    secret: randomBytes(SECRET_BYTES).toString('base64url'),
  };
}

export function formatApiKey({ id, secret }: ApiKeyText): string {
  return `videre_${id}_${secret}`;
}

/** The parts of a key; undefined for what is none. */
export function parseApiKey(text: string): ApiKeyText | undefined {
  const [, id, secret] = FORM.exec(text) ?? [];
  return id === undefined || secret === undefined ? undefined : { id, secret };
}

/**
 * SHA-256, 32 bytes. A slow hash protects what people choose, by making each guess dear; a secret of 256 random bits is
 * beyond guessing at any price, and a slow hash would only make every request slow.
 */
export function hashSecret(secret: string): Uint8Array {
  return createHash('sha256').update(secret).digest();
}

/** Takes the same time wherever the two differ. */
export function matchesSecret(secret: string, hash: Uint8Array): boolean {
  const given = hashSecret(secret);
  return given.length === hash.length && timingSafeEqual(given, hash);
}
