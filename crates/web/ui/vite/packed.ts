// Packed copies of what browsers load, so that the box has nothing to pack while it serves.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync, constants } from "node:zlib";
import type { Plugin } from "vite";

const WORTH_IT = /\.(html|js|css|svg)$/;

export function packed(): Plugin {
    return {
        name: "kiosk-packed",
        apply: "build",
        writeBundle: ({ dir }) => {
            if (dir === undefined) return;
            for (const name of readdirSync(dir, { recursive: true, encoding: "utf8" })) {
                if (!WORTH_IT.test(name)) continue;
                const content = readFileSync(join(dir, name));
                const level = constants.Z_BEST_COMPRESSION;
                writeFileSync(join(dir, `${name}.gz`), gzipSync(content, { level }));
            }
        },
    };
}
