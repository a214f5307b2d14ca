import { render } from 'hono/jsx/dom';
import { AskPanel } from './ask-panel.js';
import { EvaluationsIsland } from './evaluations-island.js';
import { LibraryIsland } from './library-island.js';
import { SearchIsland } from './search-island.js';
import { startShortcuts } from './shortcuts.js';
import { startSignIn } from './sign-in.js';
import { StatusIsland } from './status-island.js';
import { startThemeSwitch } from './theme.js';
import { WatchIsland } from './watch-island.js';

/** Which island goes where: the server marks the place with `data-island`. */
const islands: Record<string, (place: HTMLElement) => void> = {
  search: comeAliveAsSearch,
  watch: (place) => render(<WatchIsland videoId={place.dataset.video!} />, place),
  library: (place) => render(<LibraryIsland />, place),
  ask: (place) => render(<AskPanel />, place),
  evaluations: (place) => render(<EvaluationsIsland />, place),
  status: (place) => render(<StatusIsland />, place),
};

// A link to #main would lead to the root: the page's <base> is what it is relative to.
document.querySelector('[data-skip]')?.addEventListener('click', () => {
  document.querySelector<HTMLElement>('#main')?.focus();
});
startThemeSwitch();
startSignIn();
startShortcuts();
for (const place of document.querySelectorAll<HTMLElement>('[data-island]')) {
  islands[place.dataset.island!]?.(place);
  place.dataset.alive = '';
}
performance.mark('videre-alive');

/** The server has drawn the search box already; what was typed into it meanwhile is not lost. */
function comeAliveAsSearch(place: HTMLElement): void {
  const drawn = place.querySelector('input');
  const typed = drawn?.value || undefined;
  const wasFocused = drawn !== null && document.activeElement === drawn;
  place.replaceChildren();
  render(<SearchIsland typed={typed} />, place);
  const box = place.querySelector('input')!;
  // A finger has no keyboard to type with before it has tapped somewhere.
  if (wasFocused || (location.search === '' && matchMedia('(pointer: fine)').matches)) {
    box.focus();
    box.setSelectionRange(box.value.length, box.value.length);
  }
}
