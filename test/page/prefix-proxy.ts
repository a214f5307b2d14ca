import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A reverse proxy as people put before a service: everything under `prefix`, which it takes off, and nothing else. */
export async function startPrefixProxy(
  target: string,
  prefix: string,
): Promise<{ url: string; server: Server }> {
  const server = createServer((incoming, outgoing) => {
    if (!incoming.url!.startsWith(prefix)) {
      outgoing.writeHead(418).end();
      return;
    }
    const { method, headers } = incoming;
    const url = new URL(incoming.url!.slice(prefix.length), target);
    const forwarded = request(url, { method, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode!, answer.headers);
      answer.pipe(outgoing);
    });
    forwarded.on('error', () => outgoing.destroy());
    incoming.pipe(forwarded);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}${prefix}`, server };
}
