// What several pages of the admin say, and what stands around them.
import { ko } from "../ko.ts";
import { problemKo } from "./problems.ko.ts";

const duration = (seconds: number) =>
    seconds < 60
        ? `${seconds}초`
        : seconds < 3600
          ? `${Math.floor(seconds / 60)}분${seconds < 600 && seconds % 60 > 0 ? ` ${seconds % 60}초` : ""}`
          : seconds < 86_400
            ? `${Math.floor(seconds / 3600)}시간 ${Math.floor((seconds % 3600) / 60)}분`
            : `${Math.floor(seconds / 86_400)}일`;

export const common = {
    title: "카페 관리",
    navigation: "메뉴",
    groups: { now: "지금", shop: "매장", box: "기기와 설정" },
    pages: {
        today: "오늘",
        orders: "주문",
        waiting: "대기실",
        messages: "직원 메시지",
        menu: "메뉴와 재고",
        cells: "셀 포인트",
        seats: "좌석",
        reports: "정산과 보고서",
        devices: "기기",
        staff: "직원 계정",
        audit: "접속 기록",
        settings: "설정과 영업시간",
        statistics: "연결 통계",
    },
    money: (digits: string) => `${digits}원`,
    duration,
    loading: "불러오는 중…",
    again: "다시 시도",
    more: "더 보기",
    cancel: "그만두기",
    save: "저장",
    saved: "저장했습니다",
    edit: "수정",
    remove: "삭제",
    yes: "예",
    demo: "데모 (로그인 없음)",
    signOut: "로그아웃",
    boxSilent: "응답이 없습니다. 다시 연결하는 중…",
    wrong: problemKo,
    wrongFields: "표시된 칸을 확인해 주세요.",
    signIn: {
        help: "이름과 비밀번호로 로그인하세요.",
        over: "로그인이 끝났습니다. 다시 로그인하세요.",
        name: "이름",
        secret: "비밀번호 또는 PIN",
        secretHint: "PIN은 등록된 직원·관리자 화면에서만 쓸 수 있습니다.",
        action: "로그인",
        locked: (seconds: number) => `틀린 시도가 너무 많습니다. ${seconds}초 뒤에 다시 하세요.`,
    },
    roles: ko.roles,
    status: ko.kitchen.status,
    payTypes: {
        UNSPECIFIED: "",
        CARD: "카드",
        CASH: "현금",
        CELL: "셀 포인트",
        TRANSFER: "계좌이체",
        EXTERNAL: "포스 결제",
    },
    fulfilments: { UNSPECIFIED: "", DINE_IN: "매장", TAKE_OUT: "포장" },
    sources: { UNSPECIFIED: "", KIOSK: "키오스크", POS: "포스", STAFF: "직원", WEB: "웹" },
    days: {
        UNSPECIFIED: "",
        MONDAY: "월",
        TUESDAY: "화",
        WEDNESDAY: "수",
        THURSDAY: "목",
        FRIDAY: "금",
        SATURDAY: "토",
        SUNDAY: "일",
    },
};
