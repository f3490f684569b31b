import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { toasts } from "./toasts.svelte.ts";

beforeEach(() => void vi.useFakeTimers());

afterEach(() => {
    vi.runAllTimers();
    vi.useRealTimers();
    for (const { id } of toasts.list) toasts.dismiss(id);
});

const texts = () => toasts.list.map(({ text }) => text);

test("a toast goes after three seconds, an incident when it is over", () => {
    toasts.show("info", "hello");
    toasts.keep("INC-1", "printer down");
    vi.advanceTimersByTime(2_999);
    expect(texts()).toEqual(["printer down", "hello"]);
    vi.advanceTimersByTime(1);
    expect(texts()).toEqual(["printer down"]);
    toasts.keep("INC-1", "printer still down");
    expect(texts()).toEqual(["printer still down"]);
    toasts.over("INC-1");
    expect(texts()).toEqual([]);
});

test("there are five at most, and incidents are the last to make room", () => {
    toasts.keep("INC-1", "incident");
    for (const text of ["1", "2", "3", "4", "5"]) toasts.show("info", text);
    expect(texts()).toEqual(["5", "4", "3", "2", "incident"]);
});
