// What the box says is wrong with a field, in Korean. It says so in English only; what is not known here stays as it is.
import { inKorean, type Patterns } from "../patterns.ko.ts";

const PROBLEMS: Patterns = [
    [/^it must not be (empty|blank)$/, "비워 둘 수 없습니다"],
    [/^it must be there$/, "꼭 있어야 합니다"],
    [/^it must have at most (\S+) characters$/, "$1자까지 쓸 수 있습니다"],
    [/^it is longer than (\S+) characters$/, "$1자까지 쓸 수 있습니다"],
    [/has 0 characters, not (\d+) to (\d+)$/, "비워 둘 수 없습니다"],
    [/has \d+ characters, not (\d+) to (\d+)$/, "$1자에서 $2자까지 쓸 수 있습니다"],
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
    [/^it is 1 to 10 different names/, "서로 다른 이름 10개까지, bar,kitchen처럼 써 주세요"],
    [/^it is an IANA time zone/, "Asia/Seoul처럼 써 주세요"],
];

export function problemKo(problem: string): string {
    return inKorean(problem, PROBLEMS) ?? `확인해 주세요 (${problem})`;
}
