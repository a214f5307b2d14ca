import { useEffect, useState } from 'hono/jsx/dom';
import { apiUrl, request } from './api.js';
import { ProblemNotice } from './problem-notice.js';

interface EvaluationRun {
  /** Name of its folder. */
  name: string;
  dataset: string;
  modelName: string | null;
  createdAt: string;
  /** Videos were missing, or left out on purpose. */
  partial: boolean;
  texts: number;
  textToVideoRecallAt1: number | null;
  videoToTextRecallAt1: number | null;
}

/** Every evaluation that was kept in the data folder; its report, tables, plots and failures, opens in place. */
export function EvaluationsIsland() {
  const [runs, setRuns] = useState<EvaluationRun[] | undefined>(undefined);
  const [failure, setFailure] = useState<unknown>(undefined);
  const [open, setOpen] = useState(new URLSearchParams(location.search).get('run') ?? undefined);
  const show = (name: string) => {
    setOpen(name);
    history.replaceState(null, '', `${location.pathname}?${new URLSearchParams({ run: name })}`);
  };

  useEffect(() => {
    request<{ runs: EvaluationRun[] }>('GET', apiUrl('v1/evaluations')).then(
      (body) => setRuns(body.runs),
      setFailure,
    );
  }, []);

  if (failure !== undefined) return <ProblemNotice problem={failure} />;
  if (runs === undefined) return <p role="status">Loading…</p>;
  if (runs.length === 0) {
    return (
      <div class="notice">
        <p>
          <strong>No evaluation yet.</strong> Run one: <code>videre eval playground</code>
        </p>
      </div>
    );
  }
  const report = (name: string) => apiUrl(`v1/evaluations/${encodeURIComponent(name)}/report.html`);
  const percent = (value: number | null) => (value === null ? '–' : value.toFixed(1));
  return (
    <>
      <div class="scroll">
        <table>
          <thead>
            <tr>
              <th scope="col">Run</th>
              <th scope="col">When</th>
              <th scope="col">Data set</th>
              <th scope="col">Model</th>
              <th scope="col" class="number">
                Texts
              </th>
              <th scope="col" class="number">
                Text to video R@1, %
              </th>
              <th scope="col" class="number">
                Video to text R@1, %
              </th>
            </tr>
          </thead>
          <tbody>
            {runs.map((run) => (
              <tr key={run.name}>
                <td>
                  <button
                    type="button"
                    class="plain"
                    aria-pressed={run.name === open ? 'true' : 'false'}
                    onClick={() => show(run.name)}
                  >
                    {run.name}
                  </button>
                </td>
                <td>{new Date(run.createdAt).toLocaleString()}</td>
                <td>
                  {run.dataset} {run.partial && <span class="fair small">in part</span>}
                </td>
                <td>{run.modelName ?? 'scores from a file'}</td>
                <td class="number">{run.texts}</td>
                <td class="number">{percent(run.textToVideoRecallAt1)}</td>
                <td class="number">{percent(run.videoToTextRecallAt1)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {open !== undefined && (
        <>
          <p class="small">
            <a href={report(open)} target="_blank" rel="noreferrer">
              {open} in a window of its own
            </a>
          </p>
          <iframe class="report" title={`Report of ${open}`} src={report(open)} sandbox="" />
        </>
      )}
    </>
  );
}
