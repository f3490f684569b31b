//! A method that is added to a proto file is called with JSON with no other change.

use std::convert::Infallible;

use http_body_util::{BodyExt as _, StreamBody};
use hyper::body::Frame;
use kiosk_web::Config;
use serde_json::json;
use tokio_util::sync::CancellationToken;
use tonic::{
    Code, Status,
    body::Body,
    codegen::http::{HeaderMap, Request, Response},
};

use crate::{
    cafe::{Cafe, Screen},
    http_client::{post, send},
    rules::compile,
};

/// Nothing in the repository knows it.
const PROTO: &str = r#"
    syntax = "proto3";
    package extra.v1;
    import "google/api/annotations.proto";
    import "google/protobuf/timestamp.proto";

    service Echo {
        rpc Say(Saying) returns (Saying) {
            option (google.api.http) = {
                put: "/api/sayings/{name}/{inner.count}"
                body: "*"
                additional_bindings: {get: "/api/sayings/{name}"}
                additional_bindings: {post: "/api/sayings/{name}" body: "inner"}
            };
        }
        rpc Repeat(Saying) returns (stream Saying);
        rpc Listen(stream Saying) returns (Saying);
    }
    message Color { enum Value { UNSPECIFIED = 0; RED = 1; GREEN = 2; } }
    message Inner { int32 count = 1; bool is_loud = 2; }
    message Saying {
        string name = 1;
        int64 big = 2;
        repeated Color.Value colors = 3;
        Inner inner = 4;
        double rate = 5;
        optional string note = 6;
        google.protobuf.Timestamp said_at = 7;
        bytes raw = 8;
        map<string, int32> counts = 9;
        oneof choice { string left = 10; string right = 11; }
    }
"#;

/// Sends every message back as it came.
async fn echo(request: Request<Body>) -> Result<Response<Body>, Infallible> {
    let known = ["/extra.v1.Echo/Say", "/extra.v1.Echo/Repeat", "/extra.v1.Echo/Listen"];
    if !known.contains(&request.uri().path()) {
        return Ok(Status::new(Code::Unimplemented, "").into_http());
    }
    let messages = request.into_body().collect().await.unwrap().to_bytes();
    let trailers = HeaderMap::from_iter([("grpc-status".parse().unwrap(), "0".parse().unwrap())]);
    let frames = [Ok::<_, Status>(Frame::data(messages)), Ok(Frame::trailers(trailers))];
    let body = StreamBody::new(futures_util::stream::iter(frames));
    let mut response = Response::new(Body::new(body));
    response.headers_mut().insert("content-type", "application/grpc".parse().unwrap());
    Ok(response)
}

#[tokio::test]
async fn a_method_added_to_a_proto_file_is_called_with_json_on_every_path() {
    let cafe = Cafe::open().await;
    let config = Config {
        listen: "127.0.0.1:0".parse().unwrap(),
        sessions_max: 1,
        sessions_per_client_max: 1,
        origins: Vec::new(),
    };
    let pool = compile(PROTO);
    let server = config.bind(cafe.hub.clone(), tower::service_fn(echo), &pool).unwrap();
    let address = server.local_addr();
    tokio::spawn(server.serve(CancellationToken::new()));

    // All kinds of fields, written and read in the canonical mapping.
    let whole = r#"{"name":"a","big":"-9007199254740993","colors":["RED","GREEN"],"inner":{"count":3,"isLoud":true},"rate":0.5,"note":"","saidAt":"2026-11-21T01:02:03.004Z","raw":"AP8=","counts":{"x":1},"left":"l"}"#;
    assert_eq!(post(address, "/extra.v1.Echo/Say", whole).await.body, whole);
    let empty = r#"{"name":"","big":"0","colors":[],"rate":0.0,"raw":"","counts":{}}"#;
    assert_eq!(post(address, "/extra.v1.Echo/Say", "{}").await.body, empty);
    let two = post(address, "/extra.v1.Echo/Say", r#"{"left":"l","right":"r"}"#).await;
    assert_eq!(two.status, 400, "{}", two.body);

    let json = ["Content-Type: application/json"];
    for (method, path, body, expected) in [
        (
            "GET",
            "/api/sayings/a%2Fb?big=5&inner.is_loud=true",
            "",
            json!({"name": "a/b", "big": "5", "inner": {"count": 0, "isLoud": true}}),
        ),
        (
            "GET",
            "/api/sayings/a?colors=RED&colors=2&rate=1e3",
            "",
            json!({"colors": ["RED", "GREEN"], "rate": 1000.0}),
        ),
        ("GET", "/api/sayings/a?note=x+y%2B", "", json!({"note": "x y+"})),
        (
            "GET",
            "/api/sayings/a?saidAt=2026-11-21T00:00:00Z",
            "",
            json!({"saidAt": "2026-11-21T00:00:00Z"}),
        ),
        (
            "PUT",
            "/api/sayings/a/7",
            r#"{"inner":{"isLoud":true}}"#,
            json!({"inner": {"count": 7, "isLoud": true}}),
        ),
        (
            "POST",
            "/api/sayings/a?big=5",
            r#"{"count":7}"#,
            json!({"big": "5", "inner": {"count": 7, "isLoud": false}}),
        ),
    ] {
        let answer = send(address, method, path, &json, body).await;
        assert_eq!(answer.status, 200, "{method} {path}: {}", answer.body);
        let said = answer.json();
        for (field, value) in expected.as_object().unwrap() {
            assert_eq!(said[field], *value, "{method} {path}: {said}");
        }
    }
    for (method, path, body, says) in [
        ("GET", "/api/sayings/a?inner=x", "", "inner"),
        ("GET", "/api/sayings/a?inner.isLoud=yes", "", "inner.is_loud: it must be true or false"),
        ("GET", "/api/sayings/a?name=b", "", "name: it was given already"),
        ("PUT", "/api/sayings/a/7", r#"{"inner":5}"#, "the body has no object there"),
    ] {
        let answer = send(address, method, path, &json, body).await;
        assert_eq!(answer.status, 400, "{method} {path}: {}", answer.body);
        assert!(answer.body.contains(says), "{method} {path}: {}", answer.body);
    }
    let mut screen = Screen::connect_at(address, "", "kiosk.v1.json").await.unwrap();
    let message = json!({"name": "a", "colors": ["RED"]});
    for (method, is_streaming) in [("Say", false), ("Repeat", true)] {
        let method = format!("extra.v1.Echo/{method}");
        screen.send("call", "c", json!({"method": method, "message": message})).await;
        let reply = screen.next().await;
        assert_eq!((&reply["event"], &reply["id"]), (&json!("reply"), &json!("c")), "{reply}");
        assert_eq!((&reply["data"]["name"], &reply["data"]["big"]), (&json!("a"), &json!("0")));
        assert_eq!(reply.get("done"), None);
        if is_streaming {
            let last = screen.next().await;
            assert_eq!((&last["id"], &last["done"]), (&json!("c"), &json!(true)), "{last}");
        }
    }
    // Plain HTTP has no streams; the sessions have.
    for method in ["Repeat", "Listen"] {
        let answer = post(address, &format!("/extra.v1.Echo/{method}"), "{}").await;
        assert_eq!(answer.status, 415, "{method}: {}", answer.body);
    }
}
