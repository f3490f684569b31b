import { asMeans, asSubject } from "../particles.ko.ts";

export const devices = {
    pair: "새 화면이나 기기 등록",
    role: "역할",
    roleHelp: {
        STAFF: "주방과 카운터 화면",
        KIOSK: "손님이 주문하는 화면",
        BOARD: "번호를 보여 주는 TV",
        POS: "포스 프로그램",
        PRINTER: "주문서 프린터",
        DEVICE: "진동벨이나 표시 기기",
        ADMIN: "이 관리 화면. 모든 것을 할 수 있습니다",
    },
    name: "이름",
    nameHint: "비워 두면 역할과 번호로 부릅니다",
    createCode: "등록 코드 만들기",
    codeHelp: (role: string, host: string) =>
        `${asMeans(role)} 쓸 기기에서 ${host}/pair 를 열고 이 코드를 입력하세요.`,
    codeLasts: (time: string) => `${time} 뒤에 못 쓰게 되며, 한 번만 쓸 수 있습니다.`,
    codeOver: "코드의 시간이 지났습니다. 새로 만들어 주세요.",
    paired: (name: string) => `${asSubject(name)} 등록되었습니다.`,
    list: "등록된 기기",
    none: "아직 등록된 기기가 없습니다",
    pairedAt: "등록",
    seen: "마지막 접속",
    notSeen: "다시 켠 뒤로 없음",
    ago: (time: string) => `${time} 전`,
    actions: "할 수 있는 일",
    session: "로그인",
    rename: "이름 바꾸기",
    renameOne: (name: string) => `${name} 이름 바꾸기`,
    revoke: "등록 해제",
    revokeOne: (name: string) => `${name} 등록 해제`,
    revokeWhat: (name: string) =>
        `${name}의 연결이 바로 끊기고, 새 코드로 다시 등록해야 쓸 수 있습니다.`,
    revoked: (name: string) => `${name}의 등록을 해제했습니다`,
    reason: "사유",
};
