import type { AnswerOf } from "../log/methods.ts";
import { post } from "../log/post.ts";
import { Refusal, unanswered } from "../log/refusal.ts";
import { uuid } from "../log/uuid.ts";

/** Who may see something here. All others are asked to sign in. */
const ROLES: readonly string[] = ["ADMIN", "STAFF"];
const RETRY_MS = 2_000;

export interface Who {
    name: string;
    isAdmin: boolean;
    /** Without credentials, on a demo: there is nothing to sign out of. */
    isGuest: boolean;
}

/** Who is at this screen. The token is in a cookie that no script can read. */
export class Session {
    who = $state.raw<Who>();
    state = $state<"asking" | "unanswered" | "nobody" | "somebody">("asking");
    /** There was somebody until now: their session is over. */
    isOver = $state(false);
    /** The same name and secret without an answer are the same request. */
    #request = { name: "", secret: "", requestId: "" };

    /** Asks the box, until it answers. */
    async ask(): Promise<void> {
        for (;;) {
            try {
                return this.#know(await post("DeviceService/WhoAmI", {}));
            } catch (error) {
                if (!(error instanceof Refusal) || !error.isUnanswered) {
                    // A cookie that is worth nothing would have every call refused.
                    await this.#forget().catch(() => undefined);
                    return this.#know({});
                }
                this.state = "unanswered";
                await new Promise((resume) => setTimeout(resume, RETRY_MS));
            }
        }
    }

    async signIn(name: string, secret: string): Promise<void> {
        if (this.#request.name !== name || this.#request.secret !== secret) {
            this.#request = { name, secret, requestId: uuid() };
        }
        const { token = "" } = await post("AdminService/SignIn", this.#request);
        const headers = { authorization: `Bearer ${token}` };
        const response = await fetch("/session", { method: "POST", headers }).catch((error) => {
            throw unanswered(String(error));
        });
        if (!response.ok) throw unanswered(`HTTP ${response.status}`);
        this.#request = { name: "", secret: "", requestId: "" };
        this.isOver = false;
        await this.ask();
    }

    async signOut(): Promise<void> {
        await post("AdminService/SignOut", { requestId: uuid() }).catch((error: unknown) => {
            // A device that was paired has no session to end: it only shows its token no more.
            if (!(error instanceof Refusal) || error.isUnanswered) throw error;
        });
        await this.#forget();
        this.#know({});
    }

    /** The box let nobody in with this any more. */
    over(): void {
        this.isOver = true;
        void this.ask();
    }

    async #forget(): Promise<void> {
        await fetch("/session", { method: "DELETE" });
    }

    #know({
        role = "UNSPECIFIED",
        name = "",
        deviceId = 0,
    }: AnswerOf<"DeviceService/WhoAmI">): void {
        const isIn = ROLES.includes(role);
        this.who = isIn ? { name, isAdmin: role === "ADMIN", isGuest: deviceId === 0 } : undefined;
        this.state = isIn ? "somebody" : "nobody";
    }
}
