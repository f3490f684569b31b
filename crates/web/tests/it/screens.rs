//! The screens' pages as browsers get them.

use crate::{cafe::Cafe, http_client::send};

#[tokio::test]
async fn a_page_comes_with_its_policy_and_is_not_sent_twice() {
    // Whoever has no credentials sees the page too: it says how to get some.
    let cafe = Cafe::closed().await;
    for path in ["/", "/admin", "/kiosk", "/kitchen", "/board", "/pair", "/o/ko.ORD-1-a.AAAA"] {
        let page = send(cafe.address, "GET", path, &[], "").await;
        assert_eq!(page.status, 200, "{path}");
        assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"), "{path}");
        let policy = page.header("content-security-policy").unwrap();
        assert!(policy.contains("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
        assert_eq!(page.header("referrer-policy"), Some("no-referrer"), "{path}");
        assert_eq!(page.header("cache-control"), Some("no-cache"), "{path}");
        let known = format!("If-None-Match: {}", page.header("etag").unwrap());
        // Heads are read in lower case, and tags are.
        let again = send(cafe.address, "GET", path, &[&known.replace("w/", "W/")], "").await;
        assert_eq!((again.status, &*again.body), (304, ""), "{path}");
    }
}

#[tokio::test]
async fn what_a_page_loads_is_kept_for_good_and_what_is_not_there_is_not_found() {
    let cafe = Cafe::closed().await;
    let page = send(cafe.address, "GET", "/kitchen", &[], "").await.body;
    let script = page.split('"').find(|it| it.ends_with(".js")).unwrap();
    let head = send(cafe.address, "HEAD", script, &["Accept-Encoding: gzip"], "").await;
    assert_eq!((head.status, &*head.body), (200, ""));
    assert_eq!(head.header("content-encoding"), Some("gzip"));
    let length = |answer: &str| answer.parse::<usize>().unwrap();
    let plain = send(cafe.address, "GET", script, &[], "").await;
    assert_eq!(plain.header("cache-control"), Some("public, max-age=31536000, immutable"));
    assert_eq!(plain.header("content-encoding"), None);
    let packed_bytes = length(head.header("content-length").unwrap());
    assert!(packed_bytes < length(plain.header("content-length").unwrap()));
    for path in ["/assets/nothing.js", "/assets/../kitchen.html", "/kitchen.html", "/kitchen/x"] {
        assert_eq!(send(cafe.address, "GET", path, &[], "").await.status, 404, "{path}");
    }
}
