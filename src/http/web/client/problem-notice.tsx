import { asProblem } from './problem-error.js';

/** An error in plain words, what to do, and, where that may help, a way to try again. */
export function ProblemNotice({ problem, onRetry }: { problem: unknown; onRetry?: () => void }) {
  const { status, message, hint: advice } = asProblem(problem);
  // What the API says of a missing key is for programs.
  const hint = status === 401 ? 'Sign in, at the top of the page.' : advice;
  return (
    <div class="notice problem" role="alert">
      <p>
        <strong>{message}</strong>
      </p>
      {hint !== undefined && <p>{hint}</p>}
      {onRetry !== undefined && (
        <p>
          <button type="button" onClick={onRetry}>
            Try again
          </button>
        </p>
      )}
    </div>
  );
}
