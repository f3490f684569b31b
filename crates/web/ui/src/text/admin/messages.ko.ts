export const messages = {
    room: "받는 사람",
    rooms: { all: "모두", kitchen: "주방", counter: "카운터" },
    write: "메시지",
    none: "아직 메시지가 없습니다",
    noBells: "기다리는 호출이 없습니다",
    answer: "갔습니다",
};
