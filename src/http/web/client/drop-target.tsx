import type { Child } from 'hono/jsx';
import { useState } from 'hono/jsx/dom';

/** Hands on every file that is dropped on what it holds. */
export function DropTarget({ onFile, children }: { onFile: (file: File) => void; children?: Child }) {
  const [dropping, setDropping] = useState(false);
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: dropping is beside a file field that does the same by keyboard.
    <div
      class={dropping ? 'dropping' : ''}
      onDragOver={(event: DragEvent) => {
        event.preventDefault();
        setDropping(true);
      }}
      onDragLeave={() => setDropping(false)}
      onDrop={(event: DragEvent) => {
        event.preventDefault();
        setDropping(false);
        for (const file of event.dataTransfer?.files ?? []) onFile(file);
      }}
    >
      {children}
    </div>
  );
}
