export const settings = {
    groups: {
        hours: "영업시간과 키오스크",
        kitchen: "주방",
        waiting: "대기실",
        seats: "좌석과 호출",
        shop: "매장",
    },
    opens: (time: string) => `${time}에 엽니다`,
    lastOrder: (time: string) => `주문은 ${time}까지`,
    closes: (time: string) => `${time}에 닫습니다`,
    alwaysOpen: "언제나 열림",
    openOn: (day: string) => `${day} 열기`,
    opensOn: (day: string) => `${day} 여는 시각`,
    closesOn: (day: string) => `${day} 닫는 시각`,
    addHours: (day: string) => `${day} 시간 추가`,
    removeHours: (day: string) => `${day} 시간 빼기`,
    closed: "휴무",
    hoursHint: "닫는 시각이 여는 시각보다 이르면 다음 날까지 엽니다.",
    choices: {
        auto: "손님이 많을 때 자동으로",
        always: "직원이 부를 때만",
        staff: "직원이 비울 때만",
        cancelled: "주문이 취소되면",
        completed: "주문이 전달되거나 취소되면",
    },
    keys: {
        is_kiosk_active: {
            label: "키오스크 주문 받기",
            hint: "끄면 키오스크가 점검 화면을 보여 주고 주문을 받지 않습니다.",
        },
        opening_hours: {
            label: "영업시간",
            hint: "",
        },
        holidays: {
            label: "쉬는 날과 특별한 날",
            hint: "예: 2026-12-25 closed; 2026-12-31 10:00-15:00. 요일보다 먼저입니다.",
        },
        last_order_minutes: {
            label: "마지막 주문 (분)",
            hint: "닫기 이만큼 전에 키오스크 주문을 멈춥니다.",
        },
        stations: {
            label: "작업대",
            hint: "쉼표로 나눕니다: bar,kitchen,빵. 첫 번째가 기본입니다.",
        },
        kitchen_warn_minutes: {
            label: "노란색까지 (분)",
            hint: "이만큼 기다린 주문은 노란색이 됩니다.",
        },
        kitchen_late_minutes: {
            label: "빨간색까지 (분)",
            hint: "이만큼 기다린 주문은 빨간색이 됩니다.",
        },
        kitchen_lag_seconds: {
            label: "주방 화면 지연 (초)",
            hint: "주방 화면이 이보다 늦으면 장애로 알립니다.",
        },
        is_queue_active: {
            label: "대기실 쓰기",
            hint: "바쁠 때 손님이 번호표를 받고 차례를 기다립니다.",
        },
        queue_mode: { label: "들여보내기", hint: "" },
        queue_threshold: {
            label: "동시에 주문하는 손님",
            hint: "이보다 많으면 기다립니다.",
        },
        queue_absence_seconds: {
            label: "자리를 비운 손님 (초)",
            hint: "이만큼 소식이 없으면 차례를 잃습니다.",
        },
        seat_free_on: { label: "좌석 비우기", hint: "" },
        seat_hold_seconds: {
            label: "좌석 잡아 두기 (초)",
            hint: "고르는 동안 다른 손님이 못 잡습니다.",
        },
        bell_escalate_seconds: {
            label: "호출 다시 알리기 (초)",
            hint: "이만큼 답이 없으면 다시 크게 알립니다.",
        },
        phones_url: {
            label: "손님 휴대폰이 접속하는 주소",
            hint: "예: http://192.168.0.9:3001. 키오스크의 QR 코드에 들어갑니다. 비우면 키오스크와 같은 주소입니다.",
        },
        time_zone: { label: "시간대", hint: "예: Asia/Seoul" },
        business_day_hour: {
            label: "영업일이 바뀌는 시각 (시)",
            hint: "이 시각부터 주문 번호가 1부터 다시 시작합니다.",
        },
    },
};
