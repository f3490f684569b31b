// What the box says is wrong with a field, in Korean. It says so in English only; what is not known here stays as it is.
const PROBLEMS: readonly (readonly [RegExp, string])[] = [
    [/^it must not be (empty|blank)$/, "비워 둘 수 없습니다"],
    [/^it must be there$/, "꼭 있어야 합니다"],
    [/^it must have at most (\S+) characters$/, "$1자까지 쓸 수 있습니다"],
    [/^it is longer than (\S+) characters$/, "$1자까지 쓸 수 있습니다"],
    [/has 0 characters, not (\d+) to (\d+)$/, "비워 둘 수 없습니다"],
    [/has \d+ characters, not (\d+) to (\d+)$/, "$1자에서 $2자까지 쓸 수 있습니다"],
    [/^(.+) is not a whole number$/, "$1: 정수가 아닙니다"],
    [/^(.+) is not true or false$/, "$1: true 또는 false로 써 주세요"],
    [/^(.+) is not HH:MM-HH:MM$/, "$1: 09:00-18:00처럼 써 주세요"],
    [/^there is no such column$/, "모르는 열 이름입니다"],
    [/^there is no line of column names$/, "첫 줄에 열 이름이 있어야 합니다"],
    [/^there is no column menu_id, nor name$/, "menu_id 또는 name 열이 있어야 합니다"],
    [/^it has (\d+) cells, and there are (\d+) columns$/, "칸은 $1개인데 열은 $2개입니다"],
    [/^it goes on with an item, and there is none above$/, "위에 메뉴가 없는 옵션 줄입니다"],
    [/^only the first row of an item/, "메뉴의 첫 줄에만 쓸 수 있습니다"],
    [/^only the first row of a group/, "옵션 그룹의 첫 줄에만 쓸 수 있습니다"],
    [/^it is in no group$/, "옵션 그룹이 없습니다"],
    [/^an item needs a price$/, "가격이 있어야 합니다"],
    [/^menu_id \d+ is that of line (\d+), too$/, "menu_id가 $1번째 줄과 같습니다"],
    [/^station is .*, not one of (.+)$/, "작업대는 $1 가운데 하나여야 합니다"],
    [/no such category$/, "없는 분류입니다"],
    [/^there is no (?:allergen|day) (.+)$/, "$1: 모르는 값입니다"],
    [/not after warn_minutes/, "빨간색이 노란색보다 나중이어야 합니다"],
    [/^it must have (\d+) to (\d+) characters$/, "$1자에서 $2자까지 쓸 수 있습니다"],
    [/^it must have (\d+) to (\d+) digits$/, "숫자 $1자리에서 $2자리까지 쓸 수 있습니다"],
    [/^it must not have digits alone/, "숫자만으로는 쓸 수 없습니다"],
    [/^it must not have control characters$/, "쓸 수 없는 글자가 있습니다"],
    [/^it must be from (\S+) to (\S+)$/, "$1에서 $2까지 넣을 수 있습니다"],
    [/^it is an hour from (\S+) to (\S+)$/, "$1에서 $2까지 넣을 수 있습니다"],
    [/^it is a number(?: of \w+)? from (\S+) to (\S+)$/, "$1에서 $2까지 넣을 수 있습니다"],
    [/ is -?\d+, not (\d+) to (\d+)$/, "$1에서 $2까지 넣을 수 있습니다"],
    [/^it must be up to (\S+) either way, and not 0$/, "0이 아닌 $1까지의 금액을 넣어 주세요"],
    [/^it must be YYYY-MM-DD$/, "2026-12-25처럼 써 주세요"],
    [/^it must not be before /, "첫날보다 앞일 수 없습니다"],
    [/^the range must have at most (\S+) days$/, "$1일까지 볼 수 있습니다"],
    [/ is (that|the name) of .*|stands for seat/, "이미 쓰고 있는 이름입니다"],
    [/^it stands there twice$/, "같은 날이 두 번 있습니다"],
    [/^a holiday is YYYY-MM-DD/, "2026-12-25 closed, 또는 2026-12-31 10:00-15:00처럼 써 주세요"],
    [/^hours are HH:MM-HH:MM/, "시간은 10:00-15:00처럼, 쉬는 날은 closed라고 써 주세요"],
    [/^it is an IANA time zone/, "Asia/Seoul처럼 써 주세요"],
];

export function problemKo(problem: string): string {
    for (const [pattern, words] of PROBLEMS) {
        const found = pattern.exec(problem);
        if (found !== null) return words.replace(/\$(\d)/g, (_, nth) => number(found[Number(nth)]));
    }
    return `확인해 주세요 (${problem})`;
}

/** With its thousands apart. */
function number(digits = ""): string {
    const value = Number(digits);
    return Number.isNaN(value) ? digits : value.toLocaleString("ko");
}
