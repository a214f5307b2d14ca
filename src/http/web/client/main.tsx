import { render } from 'hono/jsx/dom';
import { AskPanel } from './ask-panel.js';
import { EvaluationsIsland } from './evaluations-island.js';
import { LibraryIsland } from './library-island.js';
import { SearchIsland } from './search-island.js';
import { startSignIn } from './sign-in.js';
import { StatusIsland } from './status-island.js';
import { startThemeSwitch } from './theme.js';
import { WatchIsland } from './watch-island.js';

/** Which island goes where: the server marks the place with `data-island`. */
const islands: Record<string, (place: HTMLElement) => void> = {
  search: (place) => render(<SearchIsland />, place),
  watch: (place) => render(<WatchIsland videoId={place.dataset.video!} />, place),
  library: (place) => render(<LibraryIsland />, place),
  ask: (place) => render(<AskPanel />, place),
  evaluations: (place) => render(<EvaluationsIsland />, place),
  status: (place) => render(<StatusIsland />, place),
};

startThemeSwitch();
startSignIn();
for (const place of document.querySelectorAll<HTMLElement>('[data-island]')) {
  place.replaceChildren();
  islands[place.dataset.island!]?.(place);
}
