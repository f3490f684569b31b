import { expect, test } from "vitest";
import type { Incident } from "../../log/wire.ts";
import { shownOf } from "./incidents.ts";

function incident(incidentId: string, startedAt: string, resolvedAt?: string): Incident {
    const what = { endpointId: "box", endpointName: "Storage", reason: "" };
    return {
        ...{ incidentId, startedAt, ...what },
        ...(resolvedAt === undefined ? {} : { resolvedAt }),
    };
}

const dayOf = (at: string) => at.slice(0, 10);

test("what goes on is shown first whenever it began, what is over only on its day", () => {
    const { open, over } = shownOf(
        [
            incident("late", "2026-11-22T09:00:00Z"),
            incident("old", "2026-11-20T09:00:00Z"),
            incident("gone", "2026-11-21T09:00:00Z", "2026-11-21T09:05:00Z"),
            incident("night", "2026-11-21T23:00:00Z", "2026-11-22T01:00:00Z"),
            incident("noon", "2026-11-22T08:00:00Z", "2026-11-22T12:00:00Z"),
        ],
        dayOf,
        "2026-11-22",
    );
    expect(open.map(({ incidentId }) => incidentId)).toEqual(["old", "late"]);
    expect(over.map(({ incidentId }) => incidentId)).toEqual(["noon", "night"]);
});

test("of a bad day the latest are enough", () => {
    const all = Array.from({ length: 9 }, (_, nth) =>
        incident(`${nth}`, "2026-11-22T08:00:00Z", `2026-11-22T09:00:0${nth}Z`),
    );
    const { over } = shownOf(all, dayOf, "2026-11-22");
    expect(over.map(({ incidentId }) => incidentId)).toEqual(["8", "7", "6", "5", "4"]);
});
