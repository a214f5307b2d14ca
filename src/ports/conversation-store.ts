import type { ConversationTurn } from './language-model.js';

/** What a conversation is about; it goes when that is deleted. */
export interface ConversationSubject {
  /** Absent: the whole library. */
  videoId?: string;
  /** Only with its video. */
  clipId?: number;
}

export interface StoredTurn extends ConversationTurn {
  /** Clips the answer cited, so that the next question can be about them. */
  clipIds: number[];
}

export interface Conversation {
  id: string;
  subject: ConversationSubject;
  /** Oldest first; only the newest are kept. */
  turns: StoredTurn[];
}

/** Remembers what was asked and answered. Bounded: old turns and conversations nobody continued give way. */
export interface ConversationStore {
  conversation(id: string): Promise<Conversation | undefined>;
  /** Begins the conversation with its first turn. Nothing happens when its subject has been deleted meanwhile. */
  addTurn(id: string, subject: ConversationSubject, turn: StoredTurn): Promise<void>;
}
