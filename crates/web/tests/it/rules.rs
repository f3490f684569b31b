//! What is declared with `google.api.http` holds, or nothing is served.

use std::path::Path;

use kiosk_web::{BindError, Config};
use prost_reflect::DescriptorPool;

use crate::cafe::Cafe;

/// The descriptors of the contract and of one more file.
pub(crate) fn compile(source: &str) -> DescriptorPool {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("extra.proto"), source).unwrap();
    let ours = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../proto");
    let mut compiler = protox::Compiler::new([dir.path(), &ours]).unwrap();
    compiler.include_imports(true);
    for file in ["extra.proto", "kiosk/v1/order.proto"] {
        compiler.open_file(file).unwrap();
    }
    DescriptorPool::decode(&*compiler.encode_file_descriptor_set()).unwrap()
}

#[tokio::test]
async fn a_rule_that_can_not_be_kept_is_an_error_at_the_start() {
    let cafe = Cafe::open().await;
    let services = kiosk_grpc::Services::new(&cafe.hub);
    let config = Config {
        listen: "127.0.0.1:0".parse().unwrap(),
        sessions_max: 1,
        sessions_per_client_max: 1,
        origins: Vec::new(),
    };
    for (rule, says) in [
        (r#"get: "/things""#, "does not begin with /api/"),
        (r#"get: "/api/things/""#, "is neither a word nor {field}"),
        (r#"get: "/api/things/*""#, "is neither a word nor {field}"),
        (r#"get: "/api/{id=things/*}""#, "is neither a word nor {field}"),
        (r#"get: "/api/things:sell""#, "is neither a word nor {field}"),
        (r#"get: "/api/{name}""#, "Thing has no field name"),
        (r#"get: "/api/{id.x}""#, "before x there is no message"),
        (r#"get: "/api/{tags}""#, "tags can't be one segment"),
        (r#"get: "/api/{inner}""#, "inner can't be one segment"),
        (r#"get: "/api/{id}/{id}""#, "id is there twice"),
        (r#"get: "/api/things" body: "*""#, "a GET has no body"),
        (r#"post: "/api/things" body: "nothing""#, "there is no nothing"),
        (r#"post: "/api/things" response_body: "id""#, "response_body is not understood"),
        (r#"custom: {kind: "LOCK" path: "/api/things"}"#, "one of get, put, post"),
        (
            r#"get: "/api/orders/{id}""#,
            "GetOrder: GET /api/orders/{order_id} is extra.v1.Things/Do already",
        ),
        (r#"get: "/api/a" additional_bindings: {get: "/api/a"}"#, "is extra.v1.Things/Do already"),
    ] {
        let pool = compile(&source(rule, ""));
        let error =
            config.bind(cafe.hub.clone(), services.clone(), &pool).map(|_| rule).unwrap_err();
        assert!(matches!(error, BindError::Rule(_)), "{rule}: {error}");
        let text = error.to_string();
        assert!(text.contains(says), "{rule}: {text}");
    }
    let streams = compile(&source(r#"get: "/api/things""#, "stream "));
    let error = config.bind(cafe.hub.clone(), services.clone(), &streams).map(|_| ()).unwrap_err();
    assert!(error.to_string().contains("extra.v1.Things/Do: a method that streams"), "{error}");
    let fine =
        r#"get: "/api/orders/{id}/{inner.id}" additional_bindings: {put: "/api/orders/{id}"}"#;
    config.bind(cafe.hub.clone(), services, &compile(&source(fine, ""))).unwrap();
}

fn source(rule: &str, stream: &str) -> String {
    format!(
        r#"syntax = "proto3"; package extra.v1;
        import "google/api/annotations.proto";
        message Thing {{ string id = 1; repeated string tags = 2; Thing inner = 3; }}
        service Things {{
            rpc Do(Thing) returns ({stream}Thing) {{ option (google.api.http) = {{ {rule} }}; }}
        }}"#
    )
}
