/** Finds points by their place: sorted into the cells of a grid once, when places change. */
import { boxOf } from './view.js';

/** Mean number of points in a cell. */
const PER_CELL = 4;

export interface Place {
  readonly x: number;
  readonly y: number;
}

export class GridIndex {
  private readonly columns: number;
  private readonly rows: number;
  private readonly left: number;
  private readonly bottom: number;
  private readonly cell: number;
  /** Points of cell c: order[starts[c]] to order[starts[c + 1] − 1]. */
  private readonly starts: Uint32Array;
  private readonly order: Uint32Array;

  /** @param places [n, 2]; points without a finite place are not found */
  constructor(private readonly places: Float32Array) {
    const box = boxOf(places) ?? { left: 0, right: 0, bottom: 0, top: 0 };
    const n = places.length / 2;
    const side = Math.max(box.right - box.left, box.top - box.bottom, 1e-9);
    this.left = box.left;
    this.bottom = box.bottom;
    this.cell = side / Math.max(1, Math.ceil(Math.sqrt(n / PER_CELL)));
    this.columns = 1 + Math.floor((box.right - box.left) / this.cell);
    this.rows = 1 + Math.floor((box.top - box.bottom) / this.cell);
    const cells = new Int32Array(n);
    this.starts = new Uint32Array(this.columns * this.rows + 1);
    let placed = 0;
    for (let i = 0; i < n; i++) {
      const [x, y] = [places[i * 2], places[i * 2 + 1]];
      const finite = Number.isFinite(x) && Number.isFinite(y);
      cells[i] = finite ? this.row(y) * this.columns + this.column(x) : -1;
      if (!finite) continue;
      placed++;
      this.starts[cells[i] + 1]++;
    }
    for (let c = 1; c < this.starts.length; c++) this.starts[c] += this.starts[c - 1];
    this.order = new Uint32Array(placed);
    const next = this.starts.slice();
    for (let i = 0; i < n; i++) if (cells[i] >= 0) this.order[next[cells[i]]++] = i;
  }

  /** The point nearest to a place, within a radius (map units); −1 if there is none. @param allowed default: any point */
  nearest({ x, y }: Place, radius: number, allowed: (point: number) => boolean = () => true): number {
    let best = -1;
    let least = radius * radius;
    this.each(x - radius, x + radius, y - radius, y + radius, (point) => {
      const square = (this.places[point * 2] - x) ** 2 + (this.places[point * 2 + 1] - y) ** 2;
      if (square > least || !allowed(point)) return;
      least = square;
      best = point;
    });
    return best;
  }

  /** Points inside a polygon, ascending. */
  inside(polygon: readonly Place[]): number[] {
    if (polygon.length < 3) return [];
    const xs = polygon.map(({ x }) => x);
    const ys = polygon.map(({ y }) => y);
    const found: number[] = [];
    this.each(Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys), (point) => {
      if (isInside(polygon, this.places[point * 2], this.places[point * 2 + 1])) found.push(point);
    });
    return found.sort((a, b) => a - b);
  }

  private each(left: number, right: number, bottom: number, top: number, visit: (point: number) => void) {
    const [c0, c1] = [this.column(left), this.column(right)];
    for (let row = this.row(bottom); row <= this.row(top); row++) {
      const [from, to] = [this.starts[row * this.columns + c0], this.starts[row * this.columns + c1 + 1]];
      for (let at = from; at < to; at++) visit(this.order[at]);
    }
  }

  private column(x: number): number {
    return Math.max(0, Math.min(this.columns - 1, Math.floor((x - this.left) / this.cell)));
  }

  private row(y: number): number {
    return Math.max(0, Math.min(this.rows - 1, Math.floor((y - this.bottom) / this.cell)));
  }
}

/** By counting how often a ray to the right crosses the outline. */
function isInside(polygon: readonly Place[], x: number, y: number): boolean {
  let inside = false;
  for (let i = 0, j = polygon.length - 1; i < polygon.length; j = i++) {
    const [a, b] = [polygon[i], polygon[j]];
    if (a.y > y !== b.y > y && x < ((b.x - a.x) * (y - a.y)) / (b.y - a.y) + a.x) inside = !inside;
  }
  return inside;
}
