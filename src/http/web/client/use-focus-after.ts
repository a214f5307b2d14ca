import type { RefObject } from 'hono/jsx';
import { useEffect, useRef } from 'hono/jsx/dom';

/** For what something opens in the place of, or beside: once that is closed, the focus that was in it is there. */
export function useFocusAfter<Target extends HTMLElement>(isOpen: boolean): RefObject<Target | null> {
  const target = useRef<Target>(null);
  const wasOpen = useRef(false);
  useEffect(() => {
    // Where the focus has gone elsewhere meanwhile, it stays.
    if (wasOpen.current && !isOpen && document.activeElement === document.body) target.current?.focus();
    wasOpen.current = isOpen;
  }, [isOpen]);
  return target;
}
