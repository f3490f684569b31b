import { expect, test } from "vitest";
import { refusalFrom } from "./refusal.ts";

const INFO = {
    reason: "OUT_OF_STOCK",
    domain: "kiosk.v1",
    metadata: { menuId: "7", remaining: "2" },
};
const ERROR_INFO = "google.rpc.ErrorInfo";

test("a refusal has its reason and facts, however the wire writes them", () => {
    const ofSession = { "@type": `type.googleapis.com/${ERROR_INFO}`, ...INFO };
    const ofConnect = { type: ERROR_INFO, value: "", debug: INFO };
    for (const detail of [ofSession, ofConnect]) {
        const body = { code: "failed_precondition", message: "2 left", details: [detail] };
        const { code, message, reason, facts } = refusalFrom(body);
        expect({ code, message, reason, facts }).toEqual({
            code: "FAILED_PRECONDITION",
            message: "2 left",
            reason: "OUT_OF_STOCK",
            facts: { menuId: "7", remaining: "2" },
        });
    }
});

test("of what was not found it is known what that is", () => {
    const named = { resourceType: "seat", resourceName: "A9", owner: "", description: "" };
    const details = [{ reason: "NOT_FOUND", domain: "kiosk.v1", metadata: {} }, named];
    const { facts } = refusalFrom({ code: "NOT_FOUND", message: "", details });
    expect(facts).toEqual({ resourceType: "seat", resourceName: "A9" });
});
