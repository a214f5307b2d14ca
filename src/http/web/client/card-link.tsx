import type { Child } from 'hono/jsx';
import { Thumbnail } from './thumbnail.js';

/** Where a card leads to: a picture with a time in it, and below it a title. */
export function CardLink({
  href,
  videoId,
  atSeconds,
  time,
  title,
  overlay,
  children,
}: {
  href: string;
  videoId: string;
  /** What the picture shows. */
  atSeconds: number;
  time: string;
  title: string;
  /** Over the picture. */
  overlay?: Child;
  /** After the title. */
  children?: Child;
}) {
  return (
    <a href={href}>
      <span class="frame">
        <Thumbnail videoId={videoId} atSeconds={atSeconds} width={320} />
        {overlay}
        <span class="time">{time}</span>
      </span>
      <span class="about">
        <span class="title" dir="auto" title={title}>
          {title}
        </span>
        {children}
      </span>
    </a>
  );
}
