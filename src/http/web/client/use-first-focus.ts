import type { RefObject } from 'hono/jsx';
import { useEffect, useRef } from 'hono/jsx/dom';

/** For what appears because the user asked for it: the focus goes there, once. */
export function useFirstFocus<Target extends HTMLElement>(): RefObject<Target | null> {
  const target = useRef<Target>(null);
  useEffect(() => target.current?.focus(), []);
  return target;
}
