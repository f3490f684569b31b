import { post } from "../log/post.ts";
import { Refusal, unanswered } from "../log/refusal.ts";
import { uuid } from "../log/uuid.ts";

/** Where a device of a role goes once it is paired. Others have no screen. */
const SCREENS: Readonly<Record<string, string>> = {
    STAFF: "/kitchen",
    BOARD: "/board",
    KIOSK: "/kiosk",
    ADMIN: "/admin",
};

export type Trouble =
    /** Wrong, used, or older than five minutes. */
    | { kind: "refused"; error: unknown }
    /** Too many wrong ones. */
    | { kind: "locked"; until: number; seconds: number }
    | { kind: "other"; error: unknown };

/** Makes this device a screen of the box. */
export class Pairing {
    isBusy = $state(false);
    trouble = $state.raw<Trouble>();
    /** The role of a device that has no screen. */
    paired = $state<string>();
    /** The same code without an answer is the same request: it gets the token that is on its way. */
    #request = { code: "", requestId: "" };

    /** The address of the screen to go to, if it was paired and there is one. */
    async pair(code: string): Promise<string | undefined> {
        if (this.isBusy) return undefined;
        this.isBusy = true;
        this.trouble = undefined;
        try {
            return await this.#redeem(code);
        } catch (error) {
            this.trouble = troubleOf(error);
            return undefined;
        } finally {
            this.isBusy = false;
        }
    }

    async #redeem(code: string): Promise<string | undefined> {
        if (this.#request.code !== code) this.#request = { code, requestId: uuid() };
        const answer = await post("DeviceService/RedeemPairingCode", this.#request);
        const { token = "", device } = answer;
        await keep(token);
        const role = device?.role ?? "";
        const screen = SCREENS[role];
        if (screen === undefined) this.paired = role;
        return screen;
    }
}

/** Into a cookie that no script can read. */
async function keep(token: string): Promise<void> {
    const headers = { authorization: `Bearer ${token}` };
    const response = await fetch("/session", { method: "POST", headers }).catch((error) => {
        throw unanswered(String(error));
    });
    if (!response.ok) throw unanswered(`HTTP ${response.status}`);
}

function troubleOf(error: unknown): Trouble {
    const reason = error instanceof Refusal ? error.reason : "";
    if (reason === "CODE_REFUSED") return { kind: "refused", error };
    if (error instanceof Refusal && reason === "CODE_LOCKED") {
        const seconds = Math.ceil(error.retryAfterMs / 1000);
        return { kind: "locked", until: performance.now() + error.retryAfterMs, seconds };
    }
    return { kind: "other", error };
}
