// What the box itself calls an incident; it says so in English only. What others report stays as it is.
import { inKorean, type Patterns } from "./patterns.ko.ts";

const NAMES: Patterns = [
    [/^Kitchen screen$/, "주방 화면"],
    [/^Storage$/, "저장소"],
];

const REASONS: Patterns = [
    [/^it has not shown an order event for (\d+) seconds$/, "$1초 동안 새 주문을 보여 주지 못함"],
    [/^the store was rebuilt: /, "저장소가 손상되어 기록에서 다시 만들었음"],
    [/^the store is rebuilt at the next start: /, "저장소가 손상됨. 다시 켜면 기록에서 다시 만듦"],
];

export const incidentName = (name: string) => inKorean(name, NAMES) ?? name;
export const incidentReason = (reason: string) => inKorean(reason, REASONS) ?? reason;
