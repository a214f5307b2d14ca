import { useEffect, useState } from 'hono/jsx/dom';
import { apiUrl, type ProblemError, request } from './api.js';
import { ProblemNotice } from './problem-notice.js';

const REFRESH_MS = 5000;

/** Facts of the service by topic, read again every few seconds. */
export function StatusIsland() {
  const [status, setStatus] = useState<Record<string, Record<string, unknown>> | undefined>(undefined);
  const [failure, setFailure] = useState<unknown>(undefined);

  useEffect(() => {
    const control = new AbortController();
    const load = () =>
      request<Record<string, Record<string, unknown>>>('GET', apiUrl('v1/status'), {
        signal: control.signal,
      }).then(
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

  if (failure !== undefined) return <ProblemNotice problem={failure as ProblemError} />;
  if (status === undefined) return <p role="status">Loading…</p>;
  return (
    <div class="facts">
      {Object.entries(status).map(([topic, facts]) => (
        <section class="panel" key={topic}>
          <h2>{inWords(topic)}</h2>
          <dl>
            {Object.entries(facts).map(([name, value]) => (
              <>
                <dt>{inWords(name)}</dt>
                <dd>{value === null ? '–' : String(value)}</dd>
              </>
            ))}
          </dl>
        </section>
      ))}
    </div>
  );
}

/** `recallAt10` -> Recall at 10 */
function inWords(name: string): string {
  const words = name.replace(/([a-z])([A-Z0-9])/g, '$1 $2').toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}
