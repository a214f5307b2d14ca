import type { Child } from 'hono/jsx';
import { useEffect, useState } from 'hono/jsx/dom';
import type { z } from 'zod';
import type { statusSchema } from '../../operations/status-route.js';
import { apiUrl, request } from './api.js';
import { ProblemNotice } from './problem-notice.js';
import { share, size } from './quantities.js';

type Status = z.infer<typeof statusSchema>;

const REFRESH_MS = 5000;

/** Facts of the service by topic, read again every few seconds. */
export function StatusIsland() {
  const [status, setStatus] = useState<Status | undefined>(undefined);
  const [failure, setFailure] = useState<unknown>(undefined);

  useEffect(() => {
    const control = new AbortController();
    const load = () =>
      request<Status>('GET', apiUrl('v1/status'), { signal: control.signal }).then(
        (body) => {
          setStatus(body);
          setFailure(undefined);
        },
        (error) => !control.signal.aborted && setFailure(error),
      );
    load();
    const timer = setInterval(load, REFRESH_MS);
    return () => {
      clearInterval(timer);
      control.abort();
    };
  }, []);

  return (
    <>
      {failure !== undefined && <ProblemNotice problem={failure} />}
      {status === undefined && failure === undefined && <p role="status">Loading…</p>}
      {status !== undefined && <Topics status={status} />}
    </>
  );
}

const KERNELS: Record<string, string> = {
  cuda: 'CUDA, on the GPU',
  avx512: 'AVX-512',
  avx2: 'AVX2',
  scalar: 'portable C++',
  typescript: 'TypeScript (slow: no compiler was there)',
};

function Topics({ status: { engine, model, library, index, queue, storage } }: { status: Status }) {
  return (
    <div class="facts">
      <Topic
        title="Engine"
        facts={[
          ['Scan kernel', KERNELS[engine.kernel] ?? engine.kernel],
          ...(engine.note === undefined ? [] : ([['Note', engine.note]] as Fact[])),
          ['Threads', engine.threads],
          ['Videre', engine.version],
        ]}
      />
      <Topic
        title="Model"
        facts={[
          ['Name', model.name],
          ['Fingerprint', <code title={model.fingerprint}>{model.fingerprint.slice(0, 12)}</code>],
          ['Values a vector', model.dimension],
          ['Frames a clip', model.framesPerClip],
        ]}
      />
      <Topic
        title="Library"
        facts={[
          ['Videos', library.videos.toLocaleString()],
          ['Clips', library.clips.toLocaleString()],
          ['Disk space left', size(storage.freeMebibytes)],
        ]}
      />
      <Topic
        title="Index"
        facts={[
          ['Clips', index.clips.toLocaleString()],
          ['Recall at 10', index.recallAt10 === null ? 'not measured yet' : share(index.recallAt10)],
          ['Yet to be arranged', index.unarranged.toLocaleString()],
          ['Deleted, taking up room', index.removed.toLocaleString()],
        ]}
      />
      <Topic
        title="Queue"
        facts={[
          ['Jobs running', queue.running],
          ['Jobs waiting', queue.waiting],
        ]}
      />
    </div>
  );
}

type Fact = [name: string, value: Child];

function Topic({ title, facts }: { title: string; facts: readonly Fact[] }) {
  return (
    <section class="panel">
      <h2>{title}</h2>
      <dl>
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
