import { apiUrl, ProblemError, request } from './api.js';

/**
 * Asks for an API key where the service wants one. The key is exchanged for a cookie that scripts cannot read, because
 * pictures and videos cannot send a header.
 */
export function startSignIn(): void {
  document
    .querySelector('[data-skip]')
    ?.addEventListener('click', () => document.getElementById('main')?.focus());
  const signOut = document.querySelector<HTMLButtonElement>('[data-sign-out]');
  request<{ required: boolean; signedIn: boolean }>('GET', apiUrl('v1/session')).then(
    ({ required, signedIn }) => {
      if (required && !signedIn) showDialog();
      if (signedIn && signOut !== null) signOut.hidden = false;
    },
    () => undefined,
  );
  signOut?.addEventListener('click', async () => {
    await request('DELETE', apiUrl('v1/session'));
    location.reload();
  });
}

function showDialog(): void {
  const dialog = document.createElement('dialog');
  dialog.innerHTML = `<form><h2>Sign in</h2><p>This library wants an API key. <code>videre keys create</code> makes one.</p>
<div class="field"><label for="api-key">API key</label><input id="api-key" name="key" type="password" required autocomplete="current-password"></div>
<p class="bad small" role="alert"></p><button class="primary" type="submit">Sign in</button></form>`;
  const form = dialog.querySelector('form')!;
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    const key = String(new FormData(form).get('key')).trim();
    try {
      await request('POST', apiUrl('v1/session'), { json: { key } });
      location.reload();
    } catch (error) {
      form.querySelector('[role=alert]')!.textContent =
        error instanceof ProblemError ? error.message : String(error);
    }
  });
  document.body.append(dialog);
  dialog.showModal();
}
