import { expect, test } from "vitest";
import { asMeans, asObject, asSubject } from "./particles.ko.ts";

test("a particle goes by the sound before it", () => {
    expect(["커피", "빵", "온도", "사이즈", "Latte"].map(asObject)).toEqual([
        ...["커피를", "빵을", "온도를", "사이즈를", "Latte을(를)"],
    ]);
    expect(["주방", "현황판 2", "키오스크"].map(asSubject)).toEqual([
        ...["주방이", "현황판 2가", "키오스크가"],
    ]);
    expect(["직원", "포스", "겨울", "1", "3", "TV"].map(asMeans)).toEqual([
        ...["직원으로", "포스로", "겨울로", "1로", "3으로", "TV(으)로"],
    ]);
});
