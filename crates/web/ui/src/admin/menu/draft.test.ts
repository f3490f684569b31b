import { expect, test } from "vitest";
import { merged, newGroup, newItem, newOption } from "./draft.ts";

test("what the kitchen marks while an item is edited is not undone by saving it", () => {
    const before = { ...newItem(undefined), menuId: 1, name: "Latte", price: 4000, remaining: 9 };
    const groups = [{ ...newGroup(), options: [newOption([])] }];
    const draft = { ...before, price: 4500, optionGroups: groups };
    const options = groups[0]!.options.map((option) => ({ ...option, isSoldOut: true }));
    const now = {
        ...before,
        remaining: 3,
        isSoldOut: true,
        optionGroups: [{ ...groups[0]!, options }],
    };
    const saved = merged(draft, now);
    expect(saved).toMatchObject({ price: 4500, remaining: 3, isSoldOut: true });
    expect(saved.optionGroups[0]?.options[0]?.isSoldOut).toBe(true);
});

test("an item that is not counted any more stays so", () => {
    const { remaining: _, ...now } = { ...newItem(undefined), menuId: 1, remaining: 0 };
    expect(merged({ ...now, remaining: 5 }, now)).not.toHaveProperty("remaining");
});

test("a new option has a number that none has", () => {
    const first = newOption([]);
    expect(newOption([{ ...newGroup(), options: [first] }]).optionId).toBe(first.optionId + 1);
});
