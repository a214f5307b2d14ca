import { createServer, type Socket, connect as socketTo } from 'node:net';
import { onTestFinished } from 'vitest';

/** What is cut: the statement before the server gets it, or the answer before the client does. */
export type Cut = 'statement' | 'answer';

/** A way to a Postgres server on which connections break at a chosen statement. */
export interface CuttingProxy {
  url: string;
  /** Cuts the connection on which a statement that has these words comes next, once. */
  cutAt(words: string, cut: Cut): void;
}

/** @param url of the server, on this machine */
export async function cuttingProxy(url: string): Promise<CuttingProxy> {
  const { hostname, port } = new URL(url);
  let armed: { words: string; cut: Cut } | undefined;
  const sockets = new Set<Socket>();
  const proxy = createServer((client) => {
    const server = socketTo(Number(port), hostname);
    const end = () => {
      client.destroy();
      server.destroy();
    };
    let endsAtAnswer = false;
    client.on('data', (bytes) => {
      if (armed !== undefined && bytes.includes(armed.words)) {
        const { cut } = armed;
        armed = undefined;
        if (cut === 'statement') return end();
        endsAtAnswer = true;
      }
      server.write(bytes);
    });
    server.on('data', (bytes) => {
      if (endsAtAnswer) end();
      else client.write(bytes);
    });
    for (const socket of [client, server]) {
      sockets.add(socket);
      socket.on('error', end).on('close', end);
    }
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    proxy.close();
  });
  const address = proxy.address();
  const way = new URL(url);
  way.port = String(typeof address === 'object' && address !== null ? address.port : 0);
  return {
    url: way.href,
    cutAt: (words, cut) => {
      armed = { words, cut };
    },
  };
}
