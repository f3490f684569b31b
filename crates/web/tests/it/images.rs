//! Pictures over HTTP.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde_json::json;
use tokio::{io::AsyncReadExt as _, io::AsyncWriteExt as _, net::TcpStream};
use uuid::Uuid;

use crate::{
    cafe::{Cafe, must},
    http_client::send,
};

/// A PNG of four red pixels.
const PNG: &[u8] = &[
    0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0x00, 0x00, 0x00, 0x0d, 0x49, 0x48, 0x44, 0x52,
    0x00, 0x00, 0x00, 0x02, 0x00, 0x00, 0x00, 0x02, 0x08, 0x02, 0x00, 0x00, 0x00, 0xfd, 0xd4, 0x9a,
    0x73, 0x00, 0x00, 0x00, 0x10, 0x49, 0x44, 0x41, 0x54, 0x78, 0x9c, 0x63, 0xf8, 0xcf, 0xc0, 0x00,
    0x44, 0x0c, 0x10, 0x0a, 0x00, 0x1f, 0xee, 0x03, 0xfd, 0x8b, 0x5f, 0x14, 0xd4, 0x00, 0x00, 0x00,
    0x00, 0x49, 0x45, 0x4e, 0x44, 0xae, 0x42, 0x60, 0x82,
];

/// The answer's head in lower case, and its body, which is no text.
async fn get(cafe: &Cafe, method: &str, path: &str) -> (String, Vec<u8>) {
    let mut stream = must("a connection", TcpStream::connect(cafe.address)).await.unwrap();
    let head = format!("{method} {path} HTTP/1.1\r\nHost: box\r\nConnection: close\r\n\r\n");
    must("a write", stream.write_all(head.as_bytes())).await.unwrap();
    let mut answer = Vec::new();
    must("an answer", stream.read_to_end(&mut answer)).await.unwrap();
    let end = answer.windows(4).position(|window| window == b"\r\n\r\n").unwrap();
    let head = String::from_utf8(answer[..end].to_vec()).unwrap().to_ascii_lowercase();
    (head, answer[end + 4..].to_vec())
}

#[tokio::test]
async fn a_browser_sends_a_picture_and_keeps_what_it_gets_of_it_for_ever() {
    let cafe = Cafe::open().await;
    cafe.put_item("Tea").await;
    let body = json!({
        "requestId": Uuid::new_v4().to_string(),
        "totalBytes": PNG.len(),
        "data": BASE64_STANDARD.encode(PNG),
    });
    let json = ["Content-Type: application/json"];
    let answer = send(cafe.address, "POST", "/api/menus/1/image", &json, &body.to_string()).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let image = answer.json()["image"].as_str().unwrap().to_owned();
    for size in [240, 960] {
        let path = format!("/images/{image}-{size}.jpg");
        let (head, jpeg) = get(&cafe, "GET", &path).await;
        assert!(head.starts_with("http/1.1 200"), "{head}");
        assert!(head.contains("\r\ncontent-type: image/jpeg"), "{head}");
        assert!(head.contains("\r\ncache-control: public, max-age=31536000, immutable"), "{head}");
        assert!(head.contains("\r\nx-content-type-options: nosniff"), "{head}");
        assert!(jpeg.starts_with(b"\xff\xd8\xff"), "it is no JPEG");
        let (head, body) = get(&cafe, "HEAD", &path).await;
        assert!(head.starts_with("http/1.1 200") && body.is_empty(), "{head}");
    }
}

#[tokio::test]
async fn no_other_file_is_read_by_the_name_of_a_picture() {
    let cafe = Cafe::open().await;
    let nobodys = format!("/images/{}-240.jpg", "0".repeat(64));
    for path in [
        &*nobodys,
        "/images/",
        "/images/../journal",
        "/images/..%2fjournal",
        "/images/%2e%2e/%2e%2e/etc/passwd",
        "/images//etc/passwd",
    ] {
        let (head, _) = get(&cafe, "GET", path).await;
        assert!(head.starts_with("http/1.1 404"), "{path}: {head}");
        assert!(head.contains("\r\ncache-control: no-store"), "{path}: {head}");
    }
    let answer = send(cafe.address, "PUT", &nobodys, &[], "x").await;
    assert_eq!(answer.status, 405);
}
