import { expect, test } from "vitest";
import { problemKo } from "./problems.ko.ts";

test.each([
    ["it must not be empty", "비워 둘 수 없습니다"],
    ["it must be from 1 to 10000000", "1에서 10,000,000까지 넣을 수 있습니다"],
    ["name has 64 characters, not 1 to 50", "1자에서 50자까지 쓸 수 있습니다"],
    ['"12x" is not a whole number', '"12x": 정수가 아닙니다'],
    ["menu_id 1 is that of line 1200, too", "menu_id가 1,200번째 줄과 같습니다"],
    ['there is no allergen "MOON"', '"MOON": 모르는 값입니다'],
    ["its name or seat_id stands for seat A1 already", "이미 쓰고 있는 이름입니다"],
    ["it must be longer", "확인해 주세요 (it must be longer)"],
])("%s", (problem, said) => expect(problemKo(problem)).toBe(said));
