import { expect, test } from "vitest";
import { incidentName, incidentReason } from "./incidents.ko.ts";

test("what the box reports of itself is Korean, and what others report is theirs", () => {
    expect(incidentName("Kitchen screen")).toBe("주방 화면");
    expect(incidentName("우리 포스")).toBe("우리 포스");
    const lag = "it has not shown an order event for 1500 seconds";
    expect(incidentReason(lag)).toBe("1,500초 동안 새 주문을 보여 주지 못함");
    expect(incidentReason("HTTP 500")).toBe("HTTP 500");
});
