import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import { processTree } from '../../test/support/process-tree.js';
import { serveWatched } from '../../test/support/watched-service.js';
import { temporaryLibrary } from './temporary-library.js';

const GIGABYTES = 2;
const PIECE_BYTES = 2 ** 20;
const SAMPLE_MS = 100;
const BOUNDARY = 'boundary-of-the-upload';

/** What an upload of 2 GB adds to a server's memory at most, and how late its event loop is meanwhile. */
export async function measureUploadMemory(): Promise<Record<string, number>> {
  const dataFolder = await temporaryLibrary();
  const service = await serveWatched(['--data', dataFolder]);
  try {
    // What the first upload loads is not of the second's size.
    await uploadNoise(service.url, 16 * PIECE_BYTES);
    const before = processTree(service.pid).rssMb;
    let most = before;
    const sampling = setInterval(() => {
      most = Math.max(most, processTree(service.pid).rssMb);
    }, SAMPLE_MS);
    service.resetLoop();
    const start = performance.now();
    await uploadNoise(service.url, GIGABYTES * 2 ** 30);
    const seconds = (performance.now() - start) / 1000;
    clearInterval(sampling);
    const delay = await service.readLoop();
    process.stdout.write(
      `An upload of ${GIGABYTES} GB in ${seconds.toFixed(1)} s: ${(most - before).toFixed(0)} MB more memory at most ` +
        `(${before.toFixed(0)} before); event loop late by ${delay.p99Ms.toFixed(1)} ms (p99)\n`,
    );
    return {
      'upload.rss_growth_mb': most - before,
      'upload.seconds': seconds,
      'upload.loop_delay_p99_ms': delay.p99Ms,
    };
  } finally {
    await service.stop();
    await rm(dataFolder, { recursive: true, force: true });
  }
}

/** Random bytes that are no video, as multipart; taken as an upload all the same, and refused by its job. */
async function uploadNoise(url: string, bytes: number): Promise<void> {
  const head = `--${BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="noise.mp4"\r\n\r\n`;
  const tail = `\r\n--${BOUNDARY}--\r\n`;
  const upload = request(`${url}/v1/videos`, {
    method: 'POST',
    headers: {
      'content-type': `multipart/form-data; boundary=${BOUNDARY}`,
      'content-length': head.length + bytes + tail.length,
    },
  });
  const answered = once(upload, 'response');
  upload.write(head);
  const piece = randomBytes(PIECE_BYTES);
  for (let sent = 0; sent < bytes; sent += PIECE_BYTES) {
    if (!upload.write(piece)) await once(upload, 'drain');
  }
  upload.end(tail);
  const [response] = await answered;
  const body = await text(response);
  if (response.statusCode !== 202) throw new Error(`${response.statusCode} ${body}`);
}
