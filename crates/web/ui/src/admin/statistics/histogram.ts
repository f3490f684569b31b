import type { LatencyHistogramJson } from "../../gen/kiosk/v1/admin_pb.ts";

/** In so many microseconds that part of all was done, at most. Undefined: there was nothing. */
export function within(
    histogram: LatencyHistogramJson | undefined,
    part: number,
): number | undefined {
    const counts = (histogram?.counts ?? []).map(Number);
    const total = counts.at(-1) ?? 0;
    if (total === 0) return undefined;
    const nth = counts.findIndex((count) => count >= total * part);
    const bound = histogram?.boundsUs?.[nth];
    // The last bucket has no bound.
    return bound === undefined ? Infinity : Number(bound);
}
