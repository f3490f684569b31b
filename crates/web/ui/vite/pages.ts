// What the box does for the screens when it serves them: their addresses, and the policy that they
// run under. Here it is done for Vite's servers, which send on what is the box's.
import type { Connect, Plugin, ProxyOptions } from "vite";

/** As the box sends it with every page. */
export const CONTENT_SECURITY_POLICY = [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "connect-src 'self'",
    "font-src 'self'",
    "media-src 'self'",
    "manifest-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
].join("; ");

const PAGES: readonly [RegExp, string][] = [
    [/^\/(admin|kitchen|board|pair)$/, "/$1.html"],
    [/^\/o\/[^/]+$/, "/order.html"],
];

export function pages(box: string): Plugin {
    return {
        name: "kiosk-pages",
        config: () => ({ server: { proxy: proxy(box) }, preview: { proxy: proxy(box) } }),
        configureServer: (server) => {
            server.middlewares.use(rewrite);
        },
        configurePreviewServer: (server) => {
            server.middlewares.use(withPolicy);
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

const withPolicy: Connect.NextHandleFunction = (_request, response, next) => {
    response.setHeader("content-security-policy", CONTENT_SECURITY_POLICY);
    next();
};
