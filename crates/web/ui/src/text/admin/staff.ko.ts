export const staff = {
    help: "이 화면에 로그인할 수 있는 사람들입니다.",
    add: "직원 추가",
    none: "아직 아무도 없습니다. 이름과 비밀번호를 정해 추가해 주세요.",
    name: "이름",
    role: "역할",
    roleHelp: {
        STAFF: "주문을 보고 처리하고, 메시지를 주고받습니다",
        ADMIN: "메뉴, 정산, 기기, 설정까지 모두 다룹니다",
    },
    password: "비밀번호",
    passwordHint: "8자에서 64자",
    pin: "PIN",
    pinHint: "숫자 4~8자리. 등록된 직원 화면에서만 쓸 수 있습니다",
    kept: "비워 두면 그대로 둡니다",
    editOne: (name: string) => `${name} 수정`,
    signedOut: "역할, 비밀번호, PIN을 바꾸면 모든 곳에서 로그아웃됩니다.",
    removeWhat: (name: string) =>
        `${name}의 계정을 지웁니다. 모든 곳에서 바로 로그아웃되고 다시 로그인할 수 없습니다.`,
};
