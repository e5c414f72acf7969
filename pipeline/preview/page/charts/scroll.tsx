import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { useSize } from '../size.ts';

/** What may be larger than its panel: then the keyboard reaches it, to scroll, and its edge is shaded where more is beside. */
export function Scroll({ children }: { children: ComponentChildren }) {
  const box = useRef<HTMLDivElement>(null);
  useSize(box);
  const showMore = (): void => {
    const element = box.current;
    if (element !== null)
      element.dataset.more = String(element.scrollLeft + element.clientWidth < element.scrollWidth - 1);
  };
  useLayoutEffect(() => {
    const element = box.current;
    if (element === null) return;
    const { scrollHeight, clientHeight, scrollWidth, clientWidth } = element;
    if (scrollHeight > clientHeight || scrollWidth > clientWidth) element.tabIndex = 0;
    else element.removeAttribute('tabindex');
    showMore();
  });
  return (
    <div class="fill scroll" ref={box} onScroll={showMore}>
      {children}
    </div>
  );
}
