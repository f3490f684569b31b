// Why the box refused something, in Korean: words for every reason of `crates/grpc/src/status.rs`, which a test compares.
import type { Facts, Said } from "./facts.ts";
import { ko } from "./ko.ts";

const status = (facts: Facts, name: string) =>
    (ko.kitchen.status as Readonly<Record<string, string>>)[facts.text(name)] ?? facts.text(name);
/** The box names some, and counts the others in English. */
const names = (facts: Facts, name: string) =>
    facts.text(name).replace(/ and (\d+) more$/, " 외 $1개");
const opens = (facts: Facts, what: string) =>
    facts.text("opensAt") === "" ? what : `${what} ${facts.time("opensAt")}에 다시 엽니다.`;
const wait = (facts: Facts, what: string) => `${what} ${facts.seconds}초 뒤에 다시 해 주세요.`;
const menu = (facts: Facts) => `‘${facts.text("menuName")}’:`;
const lookAgain = "주문을 다시 확인해 주세요.";

const reasons = {
    INVALID: (facts: Facts) => `입력한 내용을 확인해 주세요 (${facts.problem}).`,
    NOT_FOUND: "찾을 수 없습니다.",
    REQUEST_ID_REUSED: "같은 요청이 다른 내용으로 다시 왔습니다. 화면을 새로 열고 다시 해 주세요.",

    // The box itself.
    BUSY: "지금 처리할 일이 많습니다. 잠시 뒤에 다시 해 주세요.",
    TOO_OFTEN: "요청이 너무 잦습니다. 잠시 뒤에 다시 해 주세요.",
    TOO_MANY: (facts: Facts) => `더는 늘릴 수 없습니다 (최대 ${facts.number("max")}).`,
    DISK_FULL: "저장 공간이 가득 찼습니다. 관리자에게 알려 주세요.",
    IMAGES_FULL: "사진을 더 저장할 수 없습니다. 쓰지 않는 사진을 먼저 지워 주세요.",
    STORE_CLOSED: "저장소를 다시 여는 중입니다. 잠시 뒤에 다시 해 주세요.",
    HISTORY_CLOSED: "지난 기록을 다시 여는 중입니다. 잠시 뒤에 다시 해 주세요.",
    JOURNAL: "기록을 읽지 못했습니다. 계속되면 관리자에게 알려 주세요.",
    STOPPING: "장치가 다시 시작하고 있습니다. 잠시 뒤에 다시 해 주세요.",
    DEADLINE: "시간이 너무 오래 걸렸습니다. 처리되었는지 확인하고 다시 해 주세요.",
    EVENTS_LOST: "그 사이의 기록이 남아 있지 않습니다. 화면을 새로 열어 주세요.",
    TLS_OFF: "보안 연결(TLS)을 쓰지 않아 인증서를 만들 수 없습니다.",

    // Who may.
    TOKEN_MISSING: "먼저 화면을 등록하거나 로그인해 주세요.",
    TOKEN_REFUSED: "등록이나 로그인이 끝났습니다. 다시 등록하거나 로그인해 주세요.",
    NOT_SIGNED_IN: "로그인한 사람이 없습니다.",
    ROLE: "이 화면에서는 할 수 없는 일입니다. 관리자에게 문의해 주세요.",
    NOT_OWN_ORDER: "자기 주문만 볼 수 있습니다.",
    CODE_REFUSED: "코드가 틀렸거나, 이미 쓰였거나, 5분이 지났습니다. 새 코드를 받아 주세요.",
    CODE_LOCKED: (facts: Facts) => wait(facts, "틀린 코드가 너무 많습니다."),
    CODES_FULL: "쓰지 않은 등록 코드가 너무 많습니다. 잠시 뒤에 다시 만들어 주세요.",
    TOKEN_SHOWN: "이미 쓰인 등록 코드입니다. 새 코드를 받아 주세요.",
    SIGN_IN_REFUSED: "이름이나 비밀번호가 다르거나, 여기서는 PIN만으로 로그인할 수 없습니다.",
    SIGN_IN_LOCKED: (facts: Facts) => wait(facts, "틀린 시도가 너무 많습니다."),

    // Orders.
    STATUS: (facts: Facts) =>
        `${facts.text("dailyNum")}번 주문의 상태가 이미 바뀌었습니다 (지금: ${status(facts, "from")}).`,
    NOT_RECALLABLE: (facts: Facts) =>
        `${facts.text("dailyNum")}번은 한 단계 뒤로 돌릴 수 없는 주문입니다 (지금: ${status(facts, "from")}).`,
    CANCEL_NEEDS_STAFF: "이미 만들어져서 직원만 취소할 수 있습니다. 직원에게 말씀해 주세요.",
    ORDER_CLOSED: (facts: Facts) =>
        `${facts.text("dailyNum")}번은 이미 끝난 주문입니다 (${status(facts, "status")}).`,
    NOT_BEGUN: (facts: Facts) =>
        `${facts.text("dailyNum")}번은 아직 만들기 시작하지 않은 주문입니다.`,
    NO_LINE_AT_STATION: (facts: Facts) =>
        `이 주문에는 ${ko.kitchen.station(facts.text("station"))}에서 만들 것이 없습니다.`,
    LINE_CANCELLED: "이미 취소된 항목입니다.",
    LINE_QUANTITY: (facts: Facts) => `이 항목은 ${facts.number("quantity")}개뿐입니다.`,
    EXTERNAL_ID_USED: "오늘 이미 같은 번호로 들어온 주문이 있습니다.",
    TICKET_REFUSED: "주문 순서가 지났습니다. 처음부터 다시 해 주세요.",
    WAITING_ROOM_FULL: "대기 손님이 너무 많습니다. 잠시 뒤에 다시 와 주세요.",

    // The menu.
    SOLD_OUT: (facts: Facts) => `${menu(facts)} 그 사이에 품절되었습니다. ${lookAgain}`,
    OUT_OF_STOCK: (facts: Facts) =>
        facts.text("remaining") === "0"
            ? `${menu(facts)} 그 사이에 다 팔렸습니다. ${lookAgain}`
            : `${menu(facts)} 그 사이에 ${facts.number("remaining")}개만 남았습니다. ${lookAgain}`,
    NOT_AVAILABLE: (facts: Facts) => `${menu(facts)} 지금은 판매하지 않습니다.`,
    OPTION_SOLD_OUT: (facts: Facts) =>
        `${menu(facts)} 옵션 ‘${facts.text("optionName")}’: 그 사이에 품절되었습니다. ${lookAgain}`,
    OPTION_UNKNOWN: (facts: Facts) =>
        `${menu(facts)} 그 사이에 없어진 옵션이 있습니다. ${lookAgain}`,
    OPTION_COUNT: (facts: Facts) => {
        const [min, max] = [facts.number("min"), facts.number("max")];
        return `${facts.text("group")}: ${min === max ? min : `${min}~${max}`}개를 골라 주세요.`;
    },
    TOTAL_CHANGED: (facts: Facts) =>
        `그 사이에 금액이 ${facts.number("total")}원으로 바뀌었습니다. ${lookAgain}`,
    TOTAL_TOO_LARGE: (facts: Facts) =>
        `한 번에 ${facts.number("max")}원까지 주문할 수 있습니다. 나누어 주문해 주세요.`,
    NOTHING_LEFT: "남은 수량이 없습니다. 들어온 수량을 더하거나 재고를 세지 않게 해 주세요.",
    NOT_COUNTED: "재고를 세지 않는 메뉴입니다. 먼저 남은 수량을 세어 주세요.",
    CATEGORY_IN_USE: (facts: Facts) =>
        `메뉴가 남아 있는 분류입니다: ${names(facts, "items")}. 먼저 다른 분류로 옮겨 주세요.`,
    STATION_IN_USE: (facts: Facts) =>
        `${ko.kitchen.station(facts.text("station"))}에서 만드는 메뉴가 있습니다: ${names(facts, "items")}. 먼저 다른 작업대로 옮겨 주세요.`,

    // Points.
    INSUFFICIENT_BALANCE: (facts: Facts) =>
        `포인트가 모자랍니다 (쓸 수 있는 포인트: ${facts.number("available")}).`,
    BALANCE_OUT_OF_RANGE: "잔액이 너무 커지거나 작아집니다. 금액을 줄여 주세요.",
    CREDIT_IN_USE: (facts: Facts) =>
        `잔액이 ${facts.number("balance")}이어서 한도를 그렇게 줄일 수 없습니다.`,
    CELL_ARCHIVED: "보관된 셀입니다. 먼저 다시 사용하게 해 주세요.",
    PIN_REQUIRED: "주문하지 못했습니다. PIN을 한 번 더 눌러 주세요.",
    PIN_WRONG: "PIN이 맞지 않습니다. 다시 눌러 주세요.",
    PIN_LOCKED: (facts: Facts) => wait(facts, "PIN이 여러 번 틀렸습니다."),

    // Seats.
    SEAT_HELD: "다른 손님이 잡아 둔 자리입니다.",
    SEAT_OCCUPIED: "사용 중인 자리입니다.",
    SEAT_FREE: "비어 있는 자리여서 옮길 손님이 없습니다.",

    // The day.
    KIOSK_INACTIVE: "지금은 키오스크 주문을 받지 않습니다. 카운터에서 주문해 주세요.",
    CLOSED: (facts: Facts) => opens(facts, "영업 시간이 아닙니다."),
    HOLIDAY: (facts: Facts) => opens(facts, "오늘은 쉽니다."),
    LAST_ORDER: (facts: Facts) => opens(facts, "마지막 주문이 끝났습니다."),
    DAY_CLOSED: (facts: Facts) =>
        `그 사이에 Z 보고서 ${facts.text("number")}번으로 마감되었습니다. 다시 확인해 주세요.`,
} satisfies Readonly<Record<string, Said>>;

/** What there is none of; most are named by ids that nobody knows. */
const missing = {
    order: "그런 주문이 없습니다.",
    "open order": "이미 끝났거나 없는 주문입니다.",
    line: "주문에 없는 항목입니다.",
    "menu item": "지워진 메뉴입니다. 메뉴를 다시 확인해 주세요.",
    category: "지워진 분류입니다.",
    setting: (facts: Facts) => `그런 설정이 없습니다: ${facts.text("resourceName")}`,
    seat: (facts: Facts) => `배치도에 없는 자리입니다: ${facts.text("resourceName")}`,
    "waiting bell": "다른 사람이 이미 답한 호출입니다.",
    incident: "그런 장애가 없습니다.",
    cell: "그런 셀이 없습니다.",
    "cell member": "지워진 구성원입니다.",
    device: "등록이 해제된 기기입니다.",
    "staff member": "지워진 직원입니다.",
    ticket: "대기 번호가 지났습니다. 다시 받아 주세요.",
    "day report": (facts: Facts) => `Z 보고서 ${facts.text("resourceName")}번은 없습니다.`,
} satisfies Readonly<Record<string, Said>>;

/** By reason, and by what was not found. */
export interface Refusals {
    reasons: Readonly<Record<keyof typeof reasons, Said>>;
    missing: Readonly<Record<keyof typeof missing, Said>>;
}

export const refusalsKo: Refusals = { reasons, missing };
