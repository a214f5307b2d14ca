import type { RefObject } from 'hono/jsx';
import { useEffect, useRef } from 'hono/jsx/dom';

/**
 * Makes a list longer. The focus then goes to the first of what came, so that a keyboard goes on where it was and not at
 * the top of a page whose button has gone.
 * @param list whose children are the items; each has a link
 * @param count of the items that are shown
 * @param hasMore whether there is a button at all
 */
export function MoreButton({
  list,
  count,
  hasMore,
  isBusy,
  onMore,
}: {
  list: RefObject<HTMLElement | null>;
  count: number;
  hasMore: boolean;
  isBusy: boolean;
  onMore: () => void;
}) {
  const button = useRef<HTMLButtonElement>(null);
  /** The first that was asked for and has not come. */
  const wanted = useRef<number | undefined>(undefined);
  useEffect(() => {
    const position = wanted.current;
    if (position === undefined || count <= position) return;
    wanted.current = undefined;
    const { activeElement } = document;
    // Where the focus has gone elsewhere meanwhile, it stays.
    if (activeElement !== document.body && activeElement !== button.current) return;
    list.current?.children[position]?.querySelector('a')?.focus();
  }, [count]);
  if (!hasMore) return null;
  return (
    // Not `disabled`: that takes the focus away.
    <button
      type="button"
      ref={button}
      aria-disabled={isBusy ? 'true' : 'false'}
      onClick={() => {
        if (isBusy) return;
        wanted.current = count;
        onMore();
      }}
    >
      Show more
    </button>
  );
}
