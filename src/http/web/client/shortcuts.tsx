import { render, useState } from 'hono/jsx/dom';
import { remember, remembered } from './remembered.js';

/** Where it is remembered that somebody wants no single keys: they get in the way of speech input. */
const OFF = 'videre-no-shortcuts';

/**
 * Single keys for what has `data-key`: fields take the focus, a video plays or pauses, everything else is clicked. `?`
 * lists those of the page that shows, and turns them off (WCAG 2.1.4).
 */
export function startShortcuts(): void {
  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    if (document.querySelector('dialog[open]') !== null) return;
    if (remembered(OFF) !== undefined) return;
    if (event.key === '?') {
      event.preventDefault();
      showHelp();
      return;
    }
    const target = keyed().find(({ dataset }) => dataset.key === event.key);
    if (target === undefined) return;
    event.preventDefault();
    activate(target);
  });
  document.querySelector('[data-show-keys]')?.addEventListener('click', showHelp);
}

function keyed(): HTMLElement[] {
  return [...document.querySelectorAll<HTMLElement>('[data-key]')];
}

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return target.closest('textarea, select, input:not([type=checkbox], [type=file])') !== null;
}

function activate(target: HTMLElement): void {
  if (target instanceof HTMLVideoElement) {
    if (target.paused) target.play().catch(() => undefined);
    else target.pause();
  } else if (target instanceof HTMLInputElement && target.type !== 'file') target.focus();
  else target.click();
}

let dialog: HTMLDialogElement | undefined;

function showHelp(): void {
  dialog ??= document.body.appendChild(document.createElement('dialog'));
  dialog.setAttribute('aria-labelledby', 'keys-title');
  const keys = keyed().map(({ dataset }) => [dataset.key!, dataset.keyDoes ?? ''] as const);
  dialog.replaceChildren();
  render(<Help keys={keys} onClose={() => dialog?.close()} />, dialog);
  if (!dialog.open) dialog.showModal();
}

/** What the browser, and what holds the focus, do by themselves. */
const ALWAYS = [
  ['Tab', 'To the next thing'],
  ['← → ↑ ↓', 'From moment to moment; on the timeline, a second to and fro'],
  ['Page ↑ ↓', 'On the timeline, ten seconds to and fro'],
  ['?', 'This list'],
] as const;

function Help({ keys, onClose }: { keys: readonly (readonly [string, string])[]; onClose: () => void }) {
  const [isOff, setIsOff] = useState(remembered(OFF) !== undefined);
  return (
    <>
      <h2 id="keys-title">Keys</h2>
      <dl class="keys">
        {[...keys, ...ALWAYS].map(([key, does]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
      <p>
        <label>
          <input
            type="checkbox"
            checked={!isOff}
            onChange={(event: Event) => {
              const off = !(event.target as HTMLInputElement).checked;
              remember(OFF, off ? '1' : undefined);
              setIsOff(off);
            }}
          />{' '}
          Single keys do this
        </label>
      </p>
      <button type="button" class="primary" onClick={onClose}>
        Close
      </button>
    </>
  );
}
