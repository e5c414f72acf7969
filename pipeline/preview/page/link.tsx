import type { ComponentChildren } from 'preact';

/** A link that the page follows itself, unless another tab is asked for. */
export function Link({
  href,
  go,
  children,
  current,
  title,
}: {
  href: string;
  go: (address: string) => void;
  children: ComponentChildren;
  current?: boolean;
  title?: string;
}) {
  return (
    <a
      href={href}
      title={title}
      aria-current={current === true ? 'page' : undefined}
      onClick={event => {
        if (event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0) return;
        event.preventDefault();
        go(href);
      }}
    >
      {children}
    </a>
  );
}
