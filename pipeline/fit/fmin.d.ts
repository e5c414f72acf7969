/** The part of fmin that is used; the package has no types of its own. */
declare module 'fmin' {
  interface Options {
    maxIterations?: number;
    /** The simplex is done when its values differ by less than this. */
    minErrorDelta?: number;
    /** Size of the first simplex, relative to each coordinate that is not 0. */
    nonZeroDelta?: number;
    /** Size of the first simplex where a coordinate is 0. */
    zeroDelta?: number;
  }
  export function nelderMead(
    f: (x: number[]) => number,
    start: number[],
    options?: Options,
  ): { fx: number; x: number[] };
}
