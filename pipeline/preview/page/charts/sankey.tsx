import { sankey, sankeyLinkHorizontal } from 'd3-sankey';
import { useRef } from 'preact/hooks';
import { formatValue } from '../format.ts';
import { type Frame, indexOf, numberAt, textAt } from '../frame.ts';
import type { Drawing } from '../model.ts';
import { useSize } from '../size.ts';

interface Node {
  id: string;
  name: string;
  column: number;
}

/** Nodes a column; what is smaller goes into the column's 'other', so that sums hold. */
const NODES_MAX = 8;
const COLUMN_PX = 150;

/** Ways from page to page, step by step, from left to right. */
export function Sankey({ frame, drawing }: { frame: Frame; drawing: Extract<Drawing, { as: 'sankey' }> }) {
  const holder = useRef<HTMLDivElement>(null);
  const { width: room, height: tall } = useSize(holder);
  const at = {
    step: indexOf(frame, drawing.step),
    from: indexOf(frame, drawing.from),
    to: indexOf(frame, drawing.to),
    value: indexOf(frame, drawing.value),
  };
  const edges = frame.rows.map(row => ({
    step: numberAt(row, at.step) ?? 1,
    from: textAt(row, at.from),
    to: textAt(row, at.to),
    value: numberAt(row, at.value) ?? 0,
  }));
  const first = Math.min(...edges.map(edge => edge.step));
  const sizes = new Map<string, number>();
  const add = (column: number, name: string, value: number): void => {
    const id = `${column}\n${name}`;
    sizes.set(id, (sizes.get(id) ?? 0) + value);
  };
  for (const { step, from, to, value } of edges) {
    if (step === first) add(step, from, value);
    add(step + 1, to, value);
  }
  const kept = new Set<string>();
  for (const column of new Set([...sizes.keys()].map(id => id.split('\n')[0]))) {
    const own = [...sizes].filter(([id]) => id.startsWith(`${column}\n`)).sort(([, a], [, b]) => b - a);
    for (const [id] of own.slice(0, NODES_MAX)) kept.add(id);
  }
  const name = (column: number, page: string): string => (kept.has(`${column}\n${page}`) ? page : '(other)');
  const sums = new Map<string, { source: string; target: string; value: number }>();
  const nodes = new Map<string, Node>();
  for (const { step, from, to, value } of edges) {
    const source = `${step}\n${name(step, from)}`;
    const target = `${step + 1}\n${name(step + 1, to)}`;
    for (const [id, column] of [
      [source, step],
      [target, step + 1],
    ] as const)
      nodes.set(id, { id, name: id.split('\n')[1] ?? '', column: column - first });
    const key = `${source}\n${target}`;
    const sum = sums.get(key) ?? { source, target, value: 0 };
    sum.value += value;
    sums.set(key, sum);
  }
  const columns = Math.max(2, ...[...nodes.values()].map(node => node.column + 1));
  const width = Math.max(room, columns * COLUMN_PX);
  const height = Math.max(160, tall - (width > room ? 14 : 2));
  const layout = sankey<Node, object>()
    .nodeId(node => node.id)
    .nodeAlign(node => node.column)
    .nodeWidth(6)
    .nodePadding(12)
    .extent([
      [1, 8],
      [width - 120, height - 8],
    ]);
  const graph =
    room === 0
      ? null
      : layout({
          nodes: [...nodes.values()].map(node => ({ ...node })),
          links: [...sums.values()].filter(link => link.value > 0),
        });
  const path = sankeyLinkHorizontal<Node, object>();
  return (
    <div
      class="fill scroll"
      ref={holder}
      role="img"
      // What is wider than its panel is scrolled to by keyboard, too.
      tabIndex={width > room ? 0 : undefined}
      aria-label={`Ways in ${columns - 1} steps; the figures are in the table.`}
    >
      {graph !== null && (
        <svg class="sankey" width={width} height={height} aria-hidden="true">
          {graph.links.map((link, i) => {
            const [source, target] = [link.source as Node, link.target as Node];
            return (
              <path
                key={i}
                d={path(link) ?? ''}
                stroke-width={Math.max(1, link.width ?? 1)}
                class={target.name === '(exit)' ? 'exit' : ''}
              >
                <title>{`${source.name} → ${target.name}: ${formatValue(link.value)}`}</title>
              </path>
            );
          })}
          {graph.nodes.map(node => {
            const [x0 = 0, x1 = 0, y0 = 0, y1 = 0] = [node.x0, node.x1, node.y0, node.y1];
            return (
              <g key={node.id}>
                <rect x={x0} y={y0} width={x1 - x0} height={Math.max(1, y1 - y0)} />
                <text x={x1 + 5} y={(y0 + y1) / 2} dy="0.35em">
                  {node.name.length > 16 ? `${node.name.slice(0, 15)}…` : node.name}{' '}
                  <tspan>{formatValue(node.value ?? 0, 'short', undefined, true)}</tspan>
                  <title>{`${node.name}: ${formatValue(node.value ?? 0)}`}</title>
                </text>
              </g>
            );
          })}
        </svg>
      )}
    </div>
  );
}
