import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';

/** What the server asks for; it is known to everybody and takes nothing else. */
export const S3_KEYS = { accessKey: 'S3RVER', secretKey: 'S3RVER' };

/** An S3-compatible server of somebody else's making, as a process of its own, with an empty bucket. */
export async function startS3Server(folder: string, bucket: string) {
  const program = createRequire(import.meta.url).resolve('s3rver/bin/s3rver.js');
  const server = spawn(
    process.execPath,
    [program, '-d', folder, '-a', '127.0.0.1', '-p', '0', '--configure-bucket', bucket],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  for await (const line of createInterface({ input: server.stdout })) {
    const [, address] = /listening on (\S+)/.exec(line) ?? [];
    if (address === undefined) continue;
    server.stdout.resume();
    return { endpoint: `http://${address}`, stop: () => void server.kill('SIGKILL') };
  }
  throw new Error('The S3 server did not start.');
}
