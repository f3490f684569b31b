import { afterAll, afterEach, beforeAll, beforeEach, expect } from "vitest";
import { Box } from "./box.ts";
import { Screens } from "./screens.ts";

export interface Cafe {
    box: Box;
    screens: Screens;
}

/**
 * A box and a browser for all tests of a file. After each test no page may have done what none may:
 * thrown, broken the policy, or asked anything of another machine.
 */
export function openCafe(use: (cafe: Cafe) => void, { isDemo = true } = {}): void {
    let cafe: Cafe;

    beforeAll(async () => {
        const box = await Box.start({ isDemo });
        cafe = { box, screens: await Screens.start(box) };
        use(cafe);
    });

    beforeEach(() => cafe.screens.clear());

    afterEach(() => expect(cafe.screens.misdeeds).toEqual([]));

    afterAll(async () => {
        await cafe.screens.stop();
        await cafe.box.stop();
    });
}
