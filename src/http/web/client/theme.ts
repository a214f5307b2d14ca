import { remember, remembered } from './remembered.js';

const KEY = 'videre-theme';

/** The button that goes from the system's light or dark to the other and back; the choice is remembered here. */
export function startThemeSwitch(): void {
  const root = document.documentElement;
  const chosen = remembered(KEY);
  if (chosen !== undefined) root.dataset.theme = chosen;
  document.querySelector('[data-theme-switch]')?.addEventListener('click', () => {
    const system = matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
    const next = (root.dataset.theme ?? system) === 'dark' ? 'light' : 'dark';
    root.dataset.theme = next;
    remember(KEY, next);
  });
}
