// The texts of all screens in Korean. Their shape is what every other language has to fill.
import type { Ended } from "../log/link.ts";

const minutes = (seconds: number) => Math.max(1, Math.round(seconds / 60));
const since = (seconds: number) =>
    seconds < 60 ? `${seconds}초` : `${Math.floor(seconds / 60)}분`;

export const ko = {
    common: {
        dismiss: "닫기",
        close: "닫기",
        soundBlocked: "화면을 한 번 눌러 소리를 켜 주세요",
        theme: "밝게·어둡게",
        language: "English",
        noAnswer: "응답이 없습니다. 다시 시도해 주세요.",
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
};

export type Words = typeof ko;
