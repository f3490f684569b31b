//! What a web page may do: the box's own all, that of a site in `web.origins` all, any other nothing.

use kiosk_web::{Config, Origin};
use tokio::{io::AsyncWriteExt as _, net::TcpStream};
use tokio_util::sync::CancellationToken;

use crate::{
    cafe::Cafe,
    http_client::{read, send},
};

const LIST: &str = "/kiosk.v1.MenuService/ListMenus";
const JSON: &str = "Content-Type: application/json";
const FORM: &str = "Content-Type: application/x-www-form-urlencoded";
const OWN: &str = "Origin: http://box";
const POS: &str = "Origin: https://pos.example";
const EVIL: &str = "Origin: https://evil.example";

#[tokio::test]
async fn a_page_of_another_site_changes_nothing_unless_it_is_allowed_to() {
    let cafe = Cafe::open().await;
    let config = Config {
        listen: "127.0.0.1:0".parse().unwrap(),
        sessions_max: 1,
        sessions_per_client_max: 1,
        origins: vec![Origin::try_from("https://pos.example".to_owned()).unwrap()],
    };
    let services = kiosk_grpc::Services::new(&cafe.hub);
    let server = config.bind(cafe.hub.clone(), services, kiosk_proto::descriptors()).unwrap();
    let address = server.local_addr();
    tokio::spawn(server.serve(CancellationToken::new()));

    let site = Some("https://pos.example");
    for (method, path, headers, body, status, readable_by) in [
        ("POST", LIST, &[JSON][..], "{}", 200, None),
        ("POST", LIST, &[JSON, OWN], "{}", 200, None),
        ("POST", LIST, &[JSON, POS], "{}", 200, site),
        ("POST", LIST, &[JSON, EVIL], "{}", 403, None),
        ("POST", LIST, &[JSON, "Origin: null"], "{}", 403, None),
        // A form of any site can be sent without a question before it.
        ("POST", LIST, &[FORM], "{}", 200, None),
        ("POST", LIST, &[FORM, EVIL], "{}", 403, None),
        ("POST", LIST, &[FORM, POS], "{}", 415, site),
        ("PUT", "/api/settings/x", &[JSON, EVIL], "{}", 403, None),
        ("PATCH", "/api/menus/1/sold-out", &[JSON, EVIL], "{}", 403, None),
        // A browser does not show it to the page.
        ("GET", "/api/menus", &[EVIL], "", 200, None),
        ("GET", "/api/menus", &[POS], "", 200, site),
        ("GET", "/api/nothing", &[POS], "", 404, site),
        ("OPTIONS", "/api/menus", &[POS], "", 204, site),
        ("OPTIONS", "/api/menus", &[EVIL], "", 204, None),
    ] {
        let answer = send(address, method, path, headers, body).await;
        let what = format!("{method} {path} {headers:?}: {}", answer.body);
        assert_eq!(answer.status, status, "{what}");
        assert_eq!(answer.header("access-control-allow-origin"), readable_by, "{what}");
        assert_eq!(answer.header("vary"), Some("origin"), "{what}");
    }
    let wish = "Access-Control-Request-Headers: content-type, connect-protocol-version";
    let preflight = send(address, "OPTIONS", LIST, &[POS, wish], "").await;
    let allowed = |what| preflight.header(&format!("access-control-allow-{what}"));
    assert_eq!(allowed("methods"), Some("post, options"));
    assert_eq!(allowed("headers"), Some("content-type, connect-protocol-version"));
    let foreign = send(address, "OPTIONS", LIST, &[EVIL, wish], "").await;
    assert_eq!(foreign.header("access-control-allow-methods"), None);
}

#[tokio::test]
async fn a_page_whose_name_was_bound_to_this_machine_gets_nothing_of_a_box_without_credentials() {
    let (open, closed) = (Cafe::open().await, Cafe::closed().await);
    // Where credentials are asked for, the page has none: a cookie is of the box's own name alone.
    for (cafe, host, status) in [
        (&open, "localhost:3001", 200),
        (&open, "evil.example:3001", 403),
        (&closed, "evil.example:3001", 401),
    ] {
        let mut stream = TcpStream::connect(cafe.plain_address).await.unwrap();
        let ask = format!("GET /api/menus HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        stream.write_all(ask.as_bytes()).await.unwrap();
        assert_eq!(read(stream).await.status, status, "{host}");
    }
}
