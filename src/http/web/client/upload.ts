import type { JobBody } from '../../jobs/job-schema.js';
import type { VideoBody } from '../../videos/video-schema.js';
import { apiUrl, ProblemError, problemOf, request, send, toProblem } from './api.js';
import { readEvents } from './event-stream.js';

/** How far one file is. */
export interface UploadState {
  /** In words: Sending, then what the job says of itself. */
  stage: string;
  /** 0 to 100; undefined while it is not known. */
  percent: number | undefined;
  /** Seconds left, where known. */
  etaSeconds: number | undefined;
  state: 'running' | 'done' | 'failed';
  problem: ProblemError | undefined;
  videoId: string | undefined;
}

type Accepted = { video: VideoBody | null; job: JobBody | null };

const sending: UploadState = {
  stage: 'Sending',
  percent: 0,
  etaSeconds: undefined,
  state: 'running',
  problem: undefined,
  videoId: undefined,
};

/** Sends a file and follows its job to the end. Never throws: a failure is a state. */
export async function upload(file: File, onState: (state: UploadState) => void): Promise<void> {
  let state = sending;
  const show = (change: Partial<UploadState>) => {
    state = { ...state, ...change };
    onState(state);
  };
  show({});
  try {
    const { video, job } = await sendFile(file, (percent) => show({ percent }));
    if (video !== null) show({ videoId: video.id });
    if (job === null || video?.status === 'ready') {
      show({ state: 'done', stage: 'In the library already', percent: 100 });
      return;
    }
    await followJob(job.id, (news) => show(shown(news)));
    show({ state: 'done', stage: 'Ready', percent: 100 });
  } catch (error) {
    const problem = error instanceof ProblemError ? error : new ProblemError(0, 'internal', String(error));
    show({ state: 'failed', stage: 'Failed', problem });
  }
}

/** By XMLHttpRequest: `fetch` does not tell how much of a body has been sent. */
function sendFile(file: File, onPercent: (percent: number) => void): Promise<Accepted> {
  return new Promise((resolve, reject) => {
    const form = new FormData();
    form.append('file', file, file.name);
    const xhr = new XMLHttpRequest();
    xhr.open('POST', apiUrl('v1/videos'));
    xhr.upload.onprogress = ({ loaded, total }) => onPercent((100 * loaded) / Math.max(total, 1));
    xhr.onerror = () =>
      reject(new ProblemError(0, 'unreachable', 'Videre does not answer.', 'Is the server still running?'));
    xhr.onload = () => {
      const body: unknown = parsed(xhr.responseText);
      if (xhr.status >= 200 && xhr.status < 300) resolve(body as Accepted);
      else reject(toProblem(xhr.status, body));
    };
    xhr.send(form);
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

/** The job's events to its end; a cut stream is taken up where it was. */
async function followJob(id: string, onNews: (news: News) => void): Promise<void> {
  let lastEventId: string | undefined;
  for (;;) {
    const headers = {
      accept: 'text/event-stream',
      ...(lastEventId === undefined ? {} : { 'last-event-id': lastEventId }),
    };
    const response = await send('GET', apiUrl(`v1/jobs/${id}/events`), { headers });
    if (!response.ok) throw await problemOf(response);
    if (response.body !== null) {
      for await (const event of readEvents(response.body)) {
        lastEventId = event.id ?? lastEventId;
        onNews(JSON.parse(event.data));
      }
    }
    const job = await request<JobBody>('GET', apiUrl(`v1/jobs/${id}`));
    onNews(job);
    if (job.state === 'succeeded') return;
    if (job.state !== 'queued' && job.state !== 'running') throw failureOf(job);
  }
}

function failureOf({ state, failure }: JobBody): ProblemError {
  if (failure === null) return new ProblemError(0, state, `The job was ${state}.`);
  return new ProblemError(0, failure.code, failure.detail, failure.hint ?? undefined);
}

function shown({ stage, percent, etaSeconds, videoId }: News): Partial<UploadState> {
  return {
    ...(stage ? { stage: stage.charAt(0).toUpperCase() + stage.slice(1) } : {}),
    ...(percent === undefined ? {} : { percent }),
    ...(etaSeconds === undefined ? {} : { etaSeconds: etaSeconds ?? undefined }),
    ...(videoId ? { videoId } : {}),
  };
}
