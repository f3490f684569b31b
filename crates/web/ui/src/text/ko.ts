// The texts of all screens in Korean. Their shape is what every other language has to fill.
import type { Ended } from "../log/link.ts";
import type { OrderStatus } from "../log/wire.ts";
import { incidentName, incidentReason } from "./incidents.ko.ts";

const minutes = (seconds: number) => Math.max(1, Math.round(seconds / 60));
const STATIONS: Readonly<Record<string, string>> = {
    bar: "바",
    kitchen: "주방",
    dessert: "디저트",
};
/** Those that the café has named otherwise are called as it says. */
const station = (name: string) => STATIONS[name] ?? name;

const since = (seconds: number) =>
    seconds < 60 ? `${seconds}초` : `${Math.floor(seconds / 60)}분`;

export const ko = {
    common: {
        dismiss: "닫기",
        close: "닫기",
        soundBlocked: "화면을 한 번 눌러 소리를 켜 주세요",
        theme: "밝게·어둡게",
        language: "English",
        notDone: (why: string) => `처리하지 못했습니다: ${why}`,
        noAnswer: "응답이 없습니다. 다시 시도해 주세요.",
        failed: "장치에 문제가 생겼습니다. 관리자에게 알려 주세요.",
        incident: (name: string, reason: string) =>
            `장애: ${incidentName(name)} · ${incidentReason(reason)}`,
        resolved: (name: string) => `복구됨: ${incidentName(name)}`,
        incidentName,
        incidentReason,
    },
    connection: {
        connecting: "연결 중",
        connected: "연결됨",
        lost: "연결 끊김",
        ended: "등록 해제됨",
        since,
        trying: "다시 연결하는 중",
        nextTry: (seconds: number) => `${seconds}초 뒤 다시 연결`,
        endedTitle: {
            unknown: "등록되지 않은 화면입니다",
            revoked: "이 화면의 등록이 해제되었습니다",
        } as Record<Ended, string>,
        endedHelp: "관리자에게 등록 코드를 받아 다시 등록해 주세요.",
        pairAgain: "이 화면 등록하기",
    },
    /** What a device or a person is to the box. */
    roles: {
        UNSPECIFIED: "없음",
        ADMIN: "관리자",
        STAFF: "직원",
        KIOSK: "키오스크",
        BOARD: "현황판",
        CUSTOMER: "고객",
        POS: "포스",
        PRINTER: "프린터",
        DEVICE: "기기",
    },
    board: {
        title: "주문 현황",
        preparing: "준비 중",
        ready: "픽업하세요",
        noneReady: "준비된 주문이 여기에 표시됩니다",
        nonePreparing: "대기 중인 주문 없음",
        about: (seconds: number) => `약 ${minutes(seconds)}분`,
        again: "다시 준비 중",
        more: (count: number) => `외 ${count}건`,
        stale: "연결이 끊겼습니다",
        staleHelp: (seconds: number) => `${since(seconds)} 전 상태입니다. 직원에게 문의해 주세요.`,
        spoken: (num: number) => `${num}번 고객님, 주문하신 메뉴가 준비되었습니다.`,
    },
    kitchen: {
        nameOf: (name: string, isExpo: boolean) =>
            isExpo ? "픽업대" : name === "" ? "전체" : station(name),
        /** Among the café's screens. */
        screen: (name: string, isExpo: boolean) =>
            isExpo ? "주방 · 픽업대" : name === "" ? "주방" : `주방 · ${station(name)}`,
        station,
        stations: "작업대",
        bells: "직원 호출",
        nothing: "만들 주문이 없습니다",
        order: (num: number) => `주문 ${num}번`,
        takeOut: "포장",
        table: (name: string) => `테이블 ${name}`,
        buzzer: (id: string) => `진동벨 ${id}`,
        priority: "먼저 만들기",
        hurry: "먼저 만들기 바꾸기",
        void: "취소",
        cancelled: (reason: string) =>
            reason === "" ? "주문이 취소되었습니다" : `주문 취소: ${reason}`,
        addOn: "추가",
        remake: "다시",
        age: { warn: "임박", late: "지연" },
        isDone: "완료",
        done: "완료",
        seen: "확인했음",
        handOver: "전달 완료",
        waiting: (names: string) => `대기: ${names}`,
        waitsFor: (num: number, names: string) => `${num}번은 아직 ${names}에서 만드는 중입니다`,
        alsoAt: (names: string) => `함께 만드는 곳: ${names}`,
        undo: "되돌리기",
        undoBump: (num: number) => `${num}번 완료 되돌리기`,
        undoHandOver: (num: number) => `${num}번 전달 되돌리기`,
        finished: "끝낸 주문",
        noneFinished: "아직 끝낸 주문이 없습니다",
        recall: "다시 부르기",
        status: {
            PENDING: "대기",
            MAKING: "만드는 중",
            READY: "픽업 대기",
            COMPLETED: "전달됨",
            CANCELLED: "취소됨",
        } as Record<OrderStatus, string>,
        allDay: "총 수량",
        stock: "품절·재고",
        soldOut: "품절",
        options: "옵션 (이 옵션이 있는 모든 메뉴)",
        onSale: "판매 중",
        left: (count: number) => `${count}개 남음`,
        messages: "메시지",
        write: "직원에게 보낼 메시지",
        send: "보내기",
        quickMessages: ["도와주세요", "우유가 떨어졌어요", "얼음이 필요해요", "주문이 밀렸어요"],
        more: (count: number) => `다음 쪽에 ${count}건 더`,
        changesElsewhere: (count: number) => `다른 쪽에 변경 ${count}건`,
        pageBefore: "이전 쪽",
        pageAfter: "다음 쪽",
        readyToHandOver: "픽업 대기",
    },
    order: {
        title: (num: number | undefined) => (num === undefined ? "내 주문" : `내 주문 ${num}번`),
        yourNumber: "주문 번호",
        state: {
            PENDING: "주문을 받았습니다",
            MAKING: "만들고 있습니다",
            READY: "준비되었습니다!",
            COMPLETED: "맛있게 드세요. 감사합니다!",
            CANCELLED: "주문이 취소되었습니다",
        } as Record<OrderStatus, string>,
        step: { PENDING: "접수", MAKING: "만드는 중", READY: "픽업" },
        next: "다음 차례입니다",
        ahead: (count: number) => `앞에 ${count}건`,
        about: (seconds: number) => `약 ${minutes(seconds)}분`,
        between: (from: number, to: number) => `(${minutes(from)}~${minutes(to)}분)`,
        collect: (table: string) =>
            table === "" ? "카운터에서 받아 가세요" : `카운터에서 받아 가세요 · 테이블 ${table}`,
        refund: {
            points: "결제하신 포인트는 돌려드렸습니다.",
            till: "결제하신 곳에서 환불을 도와드리겠습니다.",
        },
        items: "주문 내역",
        gone: "취소됨",
        done: "완료",
        total: "합계",
        money: (won: number) => `${won.toLocaleString("ko")}원`,
        ring: "직원 부르기",
        hasRung: "직원을 불렀습니다. 다시 부르기",
        cancel: "주문 취소",
        reallyCancel: "주문을 취소할까요?",
        yesCancel: "네, 취소합니다",
        noCancel: "아니요",
        cancelReason: "고객 취소",
        over: "안녕히 가세요",
        overHelp: "이 주문은 끝났습니다. 다음에 또 만나요.",
    },
    pair: {
        title: "화면 등록",
        help: "관리자 화면에 나온 8자리 코드를 입력하세요. 코드는 5분 동안 유효합니다.",
        soFar: (code: string) =>
            code === "" ? "입력한 코드 없음" : `입력한 코드: ${[...code].join(" ")}`,
        erase: "지우기",
        pair: "등록",
        pairing: "등록하는 중…",
        locked: (seconds: number) => `틀린 코드가 너무 많습니다. ${seconds}초 뒤에 다시 해 주세요.`,
        unlocked: "이제 다시 입력할 수 있습니다.",
        paired: (role: string) => `등록되었습니다 (${role}). 이 기기에는 보여 줄 화면이 없습니다.`,
    },
    start: {
        title: "카페 화면",
        help: "보여 줄 기기에서 여세요.",
        screens: {
            kiosk: { name: "키오스크", use: "손님이 직접 주문합니다" },
            kitchen: { name: "주방", use: "작업대별로 만들고 전달합니다" },
            board: { name: "현황판", use: "손님에게 번호를 보여 줍니다 (TV)" },
            admin: { name: "관리자", use: "매출, 메뉴, 셀, 기기, 정산, 설정을 봅니다" },
            pair: { name: "기기 등록", use: "관리자의 코드로 이 기기를 등록합니다" },
        },
    },
};

export type Words = typeof ko;
