import type { Child } from 'hono/jsx';
import { useEffect, useState } from 'hono/jsx/dom';

/**
 * Hands on every file that is dropped anywhere on the page: one that missed its place would be opened instead of the
 * page. What it holds shows that a file may be let go.
 */
export function DropTarget({
  onFile,
  children,
}: {
  /** Undefined: files are not wanted. */
  onFile: ((file: File) => void) | undefined;
  children?: Child;
}) {
  const [dropping, setDropping] = useState(false);
  useEffect(() => {
    if (onFile === undefined) return;
    const control = new AbortController();
    const { signal } = control;
    const hasFiles = ({ dataTransfer }: DragEvent) => dataTransfer?.types.includes('Files') === true;
    const over = (event: DragEvent) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      setDropping(true);
    };
    const leave = ({ relatedTarget }: DragEvent) => {
      if (relatedTarget === null) setDropping(false);
    };
    const drop = (event: DragEvent) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      setDropping(false);
      for (const file of event.dataTransfer?.files ?? []) onFile(file);
    };
    document.addEventListener('dragover', over, { signal });
    document.addEventListener('dragleave', leave, { signal });
    document.addEventListener('drop', drop, { signal });
    return () => control.abort();
  }, [onFile]);
  return <div class={dropping ? 'dropping' : ''}>{children}</div>;
}
