import { apiUrl, request, SIGN_IN_NEEDED } from './api.js';
import { asProblem } from './problem-error.js';

/**
 * Asks for an API key where the service wants one. The key is exchanged for a cookie that scripts cannot read, because
 * pictures and videos cannot send a header.
 */
export function startSignIn(): void {
  const signIn = document.querySelector<HTMLButtonElement>('[data-sign-in]')!;
  const signOut = document.querySelector<HTMLButtonElement>('[data-sign-out]')!;
  const need = () => {
    // Who has closed the dialog is not asked again by every request that is refused.
    if (signIn.hidden) showDialog();
    signIn.hidden = false;
  };
  // Also when a key is revoked, or has expired, while the page is open.
  document.addEventListener(SIGN_IN_NEEDED, need);
  request<{ required: boolean; signedIn: boolean }>('GET', apiUrl('v1/session')).then(
    ({ required, signedIn }) => {
      if (required && !signedIn) need();
      signOut.hidden = !signedIn;
    },
    () => undefined,
  );
  signIn.addEventListener('click', showDialog);
  signOut.addEventListener('click', async () => {
    await request('DELETE', apiUrl('v1/session'));
    location.reload();
  });
}

let dialog: HTMLDialogElement | undefined;

function showDialog(): void {
  dialog ??= makeDialog();
  if (!dialog.open) dialog.showModal();
}

function makeDialog(): HTMLDialogElement {
  const made = document.createElement('dialog');
  made.setAttribute('aria-labelledby', 'sign-in-title');
  made.innerHTML = `<form><h2 id="sign-in-title">Sign in</h2><p>This library wants an API key. <code>videre keys create</code> makes one.</p>
<div class="field"><label for="api-key">API key</label><input id="api-key" name="key" type="password" required autocomplete="current-password"></div>
<p class="bad small" role="alert"></p><button class="primary" type="submit">Sign in</button> <button type="button">Not now</button></form>`;
  const form = made.querySelector('form')!;
  form.querySelector('[type=button]')!.addEventListener('click', () => made.close());
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    const key = String(new FormData(form).get('key')).trim();
    try {
      await request('POST', apiUrl('v1/session'), { json: { key } });
      location.reload();
    } catch (error) {
      const { message, status } = asProblem(error);
      // What the API advises is for programs.
      const advice = status === 401 ? ' Paste all of it, as it was shown when it was made.' : '';
      form.querySelector('[role=alert]')!.textContent = message + advice;
      form.querySelector('input')!.select();
    }
  });
  document.body.append(made);
  return made;
}
