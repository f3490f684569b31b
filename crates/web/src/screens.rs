//! The screens: pages and what they load, which the binary brings along.

use std::fmt::Write as _;

use bytes::Bytes;
use hyper::{
    HeaderMap, Response, StatusCode,
    header::{self, HeaderName, HeaderValue},
};
use rust_embed::{Embed, EmbeddedFile};

use crate::http::Body;

/// As Vite has built them: pages, and below `assets/` what is named by its content.
#[derive(Embed)]
#[folder = "ui/dist"]
struct Built;

/// A page loads what the box has, runs no script that is not in a file of the box, sends nothing
/// elsewhere, and is shown in no other page.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
     connect-src 'self'; font-src 'self'; media-src 'self'; manifest-src 'self'; base-uri 'none'; \
     form-action 'none'; frame-ancestors 'none'";

/// Named by their content: they never change.
const ASSETS: &str = "assets/";

/// The file of a page or of what it loads; None: it is neither.
pub(crate) fn file_of(path: &str) -> Option<&str> {
    let path = path.strip_prefix('/')?;
    Some(match path {
        "" => "index.html",
        "admin" => "admin.html",
        "board" => "board.html",
        "kiosk" => "kiosk.html",
        "kitchen" => "kitchen.html",
        "pair" => "pair.html",
        _ if is_order(path) => "order.html",
        _ if path.starts_with(ASSETS) => path,
        _ => return None,
    })
}

/// `o/<token>`: the page is the same for every token, and shows it to the box itself.
fn is_order(path: &str) -> bool {
    path.strip_prefix("o/").is_some_and(|token| !token.is_empty() && !token.contains('/'))
}

/// Answers GET and HEAD (of which hyper leaves the body out).
pub(crate) fn answer(file: &str, headers: &HeaderMap) -> Response<Body> {
    let Some(found) = Built::get(file) else {
        return crate::http::text(StatusCode::NOT_FOUND, "no screen has such a part\n");
    };
    let etag = etag(&found);
    let is_known = headers.get(header::IF_NONE_MATCH).is_some_and(|known| *known == *etag);
    let packed = accepts_gzip(headers).then(|| Built::get(&format!("{file}.gz"))).flatten();
    let mut response = Response::new(Body::default());
    let mut set = |name: HeaderName, value: &'static str| {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    };
    set(header::CONTENT_TYPE, kind(file));
    set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(header::VARY, "accept-encoding");
    if file.starts_with(ASSETS) {
        set(header::CACHE_CONTROL, "public, max-age=31536000, immutable");
    } else {
        set(header::CACHE_CONTROL, "no-cache");
        set(header::CONTENT_SECURITY_POLICY, POLICY);
        // The address of an order's page has its token.
        set(header::REFERRER_POLICY, "no-referrer");
    }
    if packed.is_some() {
        set(header::CONTENT_ENCODING, "gzip");
    }
    if let Ok(etag) = HeaderValue::from_str(&etag) {
        response.headers_mut().insert(header::ETAG, etag);
    }
    if is_known {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
    } else {
        *response.body_mut() = Body::new(bytes(packed.unwrap_or(found)));
    }
    response
}

fn bytes(file: EmbeddedFile) -> Bytes {
    match file.data {
        std::borrow::Cow::Borrowed(bytes) => Bytes::from_static(bytes),
        std::borrow::Cow::Owned(bytes) => bytes.into(),
    }
}

/// The same for the packed form: what a browser has of it is the same.
fn etag(file: &EmbeddedFile) -> String {
    let mut etag = String::from("W/\"");
    for byte in &file.metadata.sha256_hash()[..16] {
        // Into a `String`, which can't fail.
        let _ = write!(etag, "{byte:02x}");
    }
    etag + "\""
}

fn accepts_gzip(headers: &HeaderMap) -> bool {
    let values = headers.get_all(header::ACCEPT_ENCODING).iter();
    let mut codings =
        values.filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(','));
    codings.any(|coding| {
        let (name, weight) = coding.split_once(';').unwrap_or((coding, ""));
        let weight = weight.trim().strip_prefix("q=").and_then(|weight| weight.parse().ok());
        name.trim().eq_ignore_ascii_case("gzip") && weight.is_none_or(|weight: f32| weight > 0.0)
    })
}

fn kind(file: &str) -> &'static str {
    match file.rsplit_once('.').map_or("", |(_, kind)| kind) {
        "html" => "text/html; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "webmanifest" => "application/manifest+json",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_page_is_there_and_loads_only_what_is_there() {
        for path in ["/", "/admin", "/board", "/kiosk", "/kitchen", "/pair", "/o/ko.ORD-1-a.AAAA"] {
            let page = Built::get(file_of(path).unwrap()).unwrap();
            let page = String::from_utf8(page.data.into_owned()).unwrap();
            let parts: Vec<&str> =
                page.split('"').filter(|it| it.starts_with("/assets/")).collect();
            assert!(parts.iter().any(|part| part.ends_with(".js")), "{path}: {page}");
            for part in parts {
                assert!(Built::get(file_of(part).unwrap()).is_some(), "{path} lacks {part}");
            }
        }
    }

    #[test]
    fn what_is_no_page_has_no_file() {
        for path in ["", "/o/", "/o/a/b", "/kitchen/", "/ui/dist", "/board.html", "assets/x"] {
            assert_eq!(file_of(path), None, "{path}");
        }
        for path in ["/assets/../board.html", "/assets/%2e%2e/board.html", "/assets/"] {
            assert!(Built::get(file_of(path).unwrap()).is_none(), "{path}");
        }
    }

    #[test]
    fn it_is_packed_for_whoever_can_unpack_it() {
        let check = |accepts: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_ENCODING, accepts.parse().unwrap());
            accepts_gzip(&headers)
        };
        assert!(["gzip", "br, GZIP", "deflate,gzip;q=0.5"].into_iter().all(check));
        assert!(!["", "br", "gzip;q=0", "xgzip", "br, gzip; q=0"].into_iter().any(check));
    }
}
