const STEPS: Record<string, 'next' | 'previous' | 'below' | 'above'> = {
  ArrowRight: 'next',
  ArrowLeft: 'previous',
  ArrowDown: 'below',
  ArrowUp: 'above',
};

/** Arrow keys go from card to card of a grid. Tab goes on to work, through everything. */
export function moveInGrid(event: KeyboardEvent): void {
  const step = STEPS[event.key];
  const links = [...(event.currentTarget as HTMLElement).querySelectorAll<HTMLElement>('.card > a')];
  const at = links.indexOf(document.activeElement as HTMLElement);
  if (step === undefined || at === -1 || event.ctrlKey || event.metaKey || event.altKey) return;
  const top = (link: HTMLElement) => Math.round(link.getBoundingClientRect().top);
  const columns = links.filter((link) => top(link) === top(links[0]!)).length;
  const target = links[at + { next: 1, previous: -1, below: columns, above: -columns }[step]];
  if (target === undefined) return;
  event.preventDefault();
  target.focus();
}
