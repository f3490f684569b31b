// A real box with the demo's café, on ports that nobody else has.
import { execFile, spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const KIOSKD = program("KIOSKD");
const KIOSKCTL = program("KIOSKCTL");

const run = promisify(execFile);

export class Box {
    readonly web: string;
    readonly #grpc: string;
    readonly #dataDir = mkdtempSync(join(tmpdir(), "kiosk-screens-"));
    readonly #isDemo: boolean;
    #process: ChildProcess | undefined;
    #said = "";

    private constructor(grpcPort: number, webPort: number, isDemo: boolean) {
        [this.web, this.#grpc] = [`http://127.0.0.1:${webPort}`, `127.0.0.1:${grpcPort}`];
        this.#isDemo = isDemo;
    }

    /** Of a box that asks for credentials: the code that pairs its first admin. */
    get adminCode(): string {
        return /code="([^"]+)"/.exec(this.#said)?.[1] ?? "";
    }

    static async start({ isDemo = true } = {}): Promise<Box> {
        const box = new Box(await freePort(), await freePort(), isDemo);
        await box.restart();
        return box;
    }

    /** On the same ports and with the same data. */
    async restart(): Promise<void> {
        const args = [...(this.#isDemo ? ["--demo"] : []), "--data-dir", this.#dataDir];
        const env = {
            ...process.env,
            KIOSK__GRPC__LISTEN: this.#grpc,
            KIOSK__WEB__LISTEN: this.web.replace("http://", ""),
            KIOSK__MQTT__BROKER_LISTEN: "127.0.0.1:0",
            KIOSK__TLS__GRPC_LISTEN: "",
            KIOSK__TLS__WEB_LISTEN: "",
            NO_COLOR: "1",
        };
        const child = spawn(KIOSKD, args, { env, stdio: ["ignore", "pipe", "pipe"] });
        this.#process = child;
        await new Promise<void>((resolve, reject) => {
            const hear = (said: Buffer) => {
                this.#said += said.toString();
                if (this.#said.includes("ready")) resolve();
            };
            this.#said = "";
            child.stdout.on("data", hear);
            child.stderr.on("data", hear);
            child.once("exit", (code) => reject(new Error(`kioskd: ${code}\n${this.#said}`)));
        });
    }

    /** As a power cut ends it. */
    async kill(): Promise<void> {
        const child = this.#process;
        if (child === undefined) return;
        this.#process = undefined;
        const gone = new Promise((resolve) => child.once("exit", resolve));
        child.kill("SIGKILL");
        await gone;
    }

    async stop(): Promise<void> {
        await this.kill();
        rmSync(this.#dataDir, { recursive: true, force: true });
    }

    async kioskctl(...args: string[]): Promise<string> {
        const { stdout } = await run(KIOSKCTL, ["--address", `http://${this.#grpc}`, ...args], {
            maxBuffer: 64 * 1024 * 1024,
        });
        return stdout;
    }

    /** Calls a method with JSON. */
    async call<Answer = Record<string, unknown>>(
        method: string,
        request: object,
        token?: string,
    ): Promise<Answer> {
        const response = await fetch(`${this.web}/kiosk.v1.${method}`, {
            method: "POST",
            headers: {
                "content-type": "application/json",
                ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
            },
            body: JSON.stringify(request),
        });
        const answer = (await response.json()) as Answer;
        if (!response.ok) throw new Error(`${method}: ${JSON.stringify(answer)}`);
        return answer;
    }

    change<Answer = Record<string, unknown>>(method: string, request: object): Promise<Answer> {
        return this.call(method, { requestId: crypto.randomUUID(), ...request });
    }

    place(items: object[], more: object = {}): Promise<Placed> {
        return this.change("OrderService/PlaceOrder", {
            items,
            payType: "CARD",
            source: "POS",
            ...more,
        });
    }
}

export interface Placed {
    order: { orderId: string; dailyNum: number };
    orderToken: string;
}

function program(name: string): string {
    const path = process.env[name];
    if (path === undefined) throw new Error(`${name} must say where that program is`);
    return path;
}

async function freePort(): Promise<number> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    await new Promise((resolve) => server.close(resolve));
    if (address === null || typeof address === "string") throw new Error("no port");
    return address.port;
}
