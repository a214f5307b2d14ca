import type { JobBody } from '../../jobs/job-schema.js';
import type { VideoBody } from '../../videos/video-schema.js';
import { apiUrl, pause, refusal, request, send } from './api.js';
import { asProblem, isTemporary, ProblemError, unreachable } from './problem-error.js';
import { ResumableEvents } from './resumable-events.js';
import { Slots } from './slots.js';

/** How far one file is. */
export interface UploadState {
  /** In words: Sending, then what the job says of itself. */
  stage: string;
  /** 0 to 100; undefined while it is not known. */
  percent: number | undefined;
  /** Seconds left, where known. */
  etaSeconds: number | undefined;
  state: 'running' | 'done' | 'failed' | 'cancelled';
  problem: ProblemError | undefined;
  videoId: string | undefined;
}

type Accepted = { video: VideoBody | null; job: JobBody | null };

export const waiting: UploadState = {
  stage: 'Waiting to be sent',
  percent: undefined,
  etaSeconds: undefined,
  state: 'running',
  problem: undefined,
  videoId: undefined,
};

/** A browser opens six connections to a server; pictures and searches want some while many files are on their way. */
const sending = new Slots(2);
const following = new Slots(2);

/** Between two attempts to reach a server that does not answer, and two looks at a job. */
const RETRY_MS = 1500;

/** Sends a file and follows its job to the end. Never throws: a failure, and an abort, is a state. */
export async function upload(
  file: File,
  onState: (state: UploadState) => void,
  signal: AbortSignal,
): Promise<void> {
  let state = waiting;
  const show = (change: Partial<UploadState>) => {
    state = { ...state, ...change };
    onState(state);
  };
  show({});
  try {
    const { video, job } = await unlessLeft(() =>
      sending.run(() => sendFile(file, (percent) => show({ stage: 'Sending', percent }), signal), signal),
    );
    if (video !== null) show({ videoId: video.id });
    if (job === null || video?.status === 'ready') {
      show({ state: 'done', stage: 'In the library already', percent: 100 });
      return;
    }
    show({ stage: 'Waiting for its turn', percent: undefined });
    const cancelJob = () => {
      show({ stage: 'Being cancelled', etaSeconds: undefined });
      // What the job became of it, its own end tells.
      request('POST', apiUrl(`v1/jobs/${job.id}/cancel`)).catch(() => undefined);
    };
    signal.addEventListener('abort', cancelJob, { once: true });
    if (signal.aborted) cancelJob();
    await following.run(() => followJob(job.id, (news) => show(shown(news))));
    show({ state: 'done', stage: 'Ready', percent: 100 });
  } catch (error) {
    if (signal.aborted) {
      show({ state: 'cancelled', stage: 'Cancelled', etaSeconds: undefined });
      return;
    }
    show({ state: 'failed', stage: 'Failed', problem: asProblem(error) });
  }
}

/** A file that has not been sent is lost with the page: the browser asks before it leaves. */
async function unlessLeft<Result>(sent: () => Promise<Result>): Promise<Result> {
  const ask = (event: Event) => event.preventDefault();
  addEventListener('beforeunload', ask);
  try {
    return await sent();
  } finally {
    removeEventListener('beforeunload', ask);
  }
}

/** By XMLHttpRequest: `fetch` does not tell how much of a body has been sent. */
function sendFile(file: File, onPercent: (percent: number) => void, signal: AbortSignal): Promise<Accepted> {
  return new Promise((resolve, reject) => {
    const form = new FormData();
    form.append('file', file, file.name);
    const xhr = new XMLHttpRequest();
    xhr.open('POST', apiUrl('v1/videos'));
    xhr.upload.onprogress = ({ loaded, total }) => onPercent((100 * loaded) / Math.max(total, 1));
    xhr.onerror = () => reject(unreachable());
    xhr.onabort = () => reject(signal.reason);
    xhr.onload = () => {
      const body: unknown = parsed(xhr.responseText);
      if (xhr.status >= 200 && xhr.status < 300) resolve(body as Accepted);
      else reject(refusal(xhr.status, body));
    };
    signal.addEventListener('abort', () => xhr.abort());
    if (signal.aborted) reject(signal.reason);
    else xhr.send(form);
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}

/** What an event of a job may say; the job itself says it too. */
type News = Partial<Pick<JobBody, 'stage' | 'percent' | 'etaSeconds' | 'videoId'>>;

/**
 * The job to its end. A job outlives its server: while that is away, or starts again, it is asked for again.
 * @throws ProblemError when the job did not succeed
 */
async function followJob(id: string, onNews: (news: News) => void): Promise<void> {
  const never = new AbortController().signal;
  const events = new ResumableEvents((headers) => send('GET', apiUrl(`v1/jobs/${id}/events`), { headers }));
  for (;;) {
    try {
      for await (const { data } of events.read()) onNews(JSON.parse(data));
      const job = await request<JobBody>('GET', apiUrl(`v1/jobs/${id}`));
      onNews(job);
      if (job.state === 'succeeded') return;
      if (job.state !== 'queued' && job.state !== 'running') throw failureOf(job);
    } catch (error) {
      if (!isTemporary(error)) throw error;
      onNews({ stage: 'Videre does not answer; trying again', etaSeconds: null });
    }
    await pause(RETRY_MS, never);
  }
}

/** Of a status of its own, so that it is not taken for a server that is away. */
function failureOf({ state, failure }: JobBody): ProblemError {
  if (failure === null) return new ProblemError(200, state, `The job was ${state}.`);
  return new ProblemError(200, failure.code, failure.detail, failure.hint ?? undefined);
}

function shown({ stage, percent, etaSeconds, videoId }: News): Partial<UploadState> {
  return {
    ...(stage ? { stage: stage.charAt(0).toUpperCase() + stage.slice(1) } : {}),
    ...(percent === undefined ? {} : { percent }),
    ...(etaSeconds === undefined ? {} : { etaSeconds: etaSeconds ?? undefined }),
    ...(videoId ? { videoId } : {}),
  };
}
