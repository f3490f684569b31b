// What the box does for the screens when it serves them, for Vite's server while they are developed:
// their addresses. What is the box's is sent on to it.
import type { Connect, Plugin, ProxyOptions } from "vite";

const PAGES: readonly [RegExp, string][] = [
    [/^\/(admin|board|kiosk|kitchen|pair)$/, "/$1.html"],
    [/^\/$/, "/index.html"],
    [/^\/o\/[^/]+$/, "/order.html"],
];

export function pages(box: string): Plugin {
    return {
        name: "kiosk-pages",
        config: () => ({ server: { proxy: proxy(box) } }),
        configureServer: (server) => {
            server.middlewares.use(rewrite);
        },
    };
}

/** The box takes pages of another site for strangers, so the host stays as the browser said it. */
function proxy(box: string): Record<string, ProxyOptions> {
    const options = { target: box, changeOrigin: false };
    return {
        "/ws": { ...options, ws: true },
        "/api": options,
        "^/kiosk\\.v1\\.": options,
        "/session": options,
        "/images": options,
    };
}

const rewrite: Connect.NextHandleFunction = (request, _response, next) => {
    const [path = "", query] = (request.url ?? "").split("?");
    for (const [pattern, file] of PAGES) {
        if (!pattern.test(path)) continue;
        request.url = path.replace(pattern, file) + (query === undefined ? "" : `?${query}`);
    }
    next();
};
