import type { ProblemError } from './api.js';

/** An error in plain words, and what to do. */
export function ProblemNotice({ problem }: { problem: ProblemError }) {
  return (
    <div class="notice problem" role="alert">
      <p>
        <strong>{problem.message}</strong>
      </p>
      {problem.hint !== undefined && <p>{problem.hint}</p>}
    </div>
  );
}
