import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

interface ContentPart {
  type: string;
  text?: string;
  data?: string;
  image_url?: { url: string };
}

/** A request the server got. */
export interface Received {
  path: string;
  key: string | undefined;
  body: {
    model: string;
    messages: { role: string; content: string | ContentPart[] }[];
    [other: string]: unknown;
  };
  /** How often this model was asked, this time included. */
  attempt: number;
  closed?: 'finished' | 'aborted';
  closedAtMs?: number;
}

export interface OpenAiServer {
  /** What a client is given as its base URL. */
  baseUrl: string;
  /** Requests for a model, oldest first. */
  received(model: string): Promise<Received[]>;
  stop(): Promise<void>;
}

/** Starts `openai-server-main.ts` as a process of its own. */
export async function startOpenAiServer(): Promise<OpenAiServer> {
  const main = fileURLToPath(new URL('./openai-server-main.ts', import.meta.url));
  const child = spawn(process.execPath, ['--import', 'tsx', main], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout });
  const [origin] = (await once(lines, 'line')) as [string];
  return {
    baseUrl: `${origin}/v1`,
    async received(model) {
      const all = (await (await fetch(`${origin}/received`)).json()) as Received[];
      return all.filter(({ body }) => body.model === model);
    },
    async stop() {
      const gone = once(child, 'exit');
      child.stdin.end();
      await gone;
    },
  };
}
