/** A visitor's stretch of event time in ms, both ends in. */
export interface Span {
  site: string;
  visitor: string;
  from: number;
  to: number;
}

/** Tells whether a stretch of a visitor's time meets one of the spans. */
export function meetsSpans(
  spans: readonly Span[],
): (site: string, visitor: string, from: number, to: number) => boolean {
  const byVisitor = new Map<string, Span[]>();
  for (const span of spans) {
    const list = byVisitor.get(span.visitor);
    if (list === undefined) byVisitor.set(span.visitor, [span]);
    else list.push(span);
  }
  return (site, visitor, from, to) =>
    (byVisitor.get(visitor) ?? []).some(span => span.site === site && to >= span.from && from <= span.to);
}
