//! What an operator and a monitoring system ask.

use std::collections::HashMap;

use crate::{
    cafe::{Cafe, Screen},
    http_client::{Answer, send},
};

async fn ask(cafe: &Cafe, method: &str, path: &str) -> Answer {
    send(cafe.address, method, path, &[], "").await
}

#[tokio::test]
async fn paths_and_methods_are_answered_with_their_status() {
    let cafe = Cafe::open().await;
    for (method, path, status) in [
        ("GET", "/healthz", 200),
        ("GET", "/readyz", 200),
        ("GET", "/metrics", 200),
        ("GET", "/healthz?x=y", 200),
        ("GET", "/nothing", 404),
        ("GET", "/ws", 426),
        ("POST", "/healthz", 405),
        ("DELETE", "/ws", 405),
    ] {
        let answer = ask(&cafe, method, path).await;
        assert_eq!(answer.status, status, "{method} {path}");
        assert!(!answer.body.is_empty(), "{method} {path}");
        let says = |header: &str| assert!(answer.head.contains(header), "{}", answer.head);
        match status {
            405 => says("\r\nallow: get, head"),
            426 => says("\r\nsec-websocket-version: 13"),
            _ => {}
        }
        if method == "GET" && status != 426 {
            let head = ask(&cafe, "HEAD", path).await;
            assert_eq!((head.status, &*head.body), (status, ""), "HEAD {path}");
        }
    }
}

#[tokio::test]
async fn metrics_are_prometheus_text_and_its_histograms_are_cumulative() {
    let cafe = Cafe::open().await;
    let mut screen = Screen::connect(&cafe).await;
    let seq = cafe.put_item("Tea").await;
    screen.next_seq().await;
    let text = ask(&cafe, "GET", "/metrics").await.body;
    let (mut kinds, mut values) = (HashMap::new(), HashMap::new());
    let mut buckets: HashMap<String, Vec<(f64, f64)>> = HashMap::new();
    for line in text.lines() {
        if let Some(kind) = line.strip_prefix("# TYPE ") {
            let (name, kind) = kind.split_once(' ').unwrap();
            assert!(["counter", "gauge", "histogram"].contains(&kind), "{line}");
            assert!(kinds.insert(name, kind).is_none(), "{name} is there twice");
            continue;
        }
        if line.starts_with("# HELP ") {
            continue;
        }
        let (series, value) = line.rsplit_once(' ').unwrap();
        let value: f64 = value.parse().unwrap_or_else(|_| panic!("{line}"));
        let (name, labels) = series.split_once('{').unwrap_or((series, "}"));
        let labels = labels.strip_suffix('}').unwrap();
        let family = ["_bucket", "_sum", "_count"].iter().find_map(|s| name.strip_suffix(s));
        let is_histogram = family.is_some_and(|family| kinds.get(family) == Some(&"histogram"));
        assert!(is_histogram || kinds.contains_key(name), "{line} has no TYPE before it");
        assert!(value >= 0.0, "{line}");
        assert!(values.insert(series.to_owned(), value).is_none(), "{series} is there twice");
        if let Some(family) = name.strip_suffix("_bucket") {
            let (labels, bound) = labels.split_once("le=\"").unwrap();
            let bound = bound.strip_suffix('"').unwrap();
            let bound = if bound == "+Inf" { f64::INFINITY } else { bound.parse().unwrap() };
            let braces = labels.trim_end_matches(',');
            let key = if braces.is_empty() {
                format!("{family}_count")
            } else {
                format!("{family}_count{{{braces}}}")
            };
            buckets.entry(key).or_default().push((bound, value));
        }
    }
    assert_eq!(values["kiosk_head_seq"], seq as f64);
    assert_eq!(values["kiosk_connections"], 1.0);
    assert_eq!(values["kiosk_deliveries_total{wire=\"websocket\"}"], 1.0);
    assert_eq!(buckets.len(), 5, "{:?}", buckets.keys());
    for (count, buckets) in buckets {
        assert!(buckets.is_sorted_by(|a, b| a.0 < b.0 && a.1 <= b.1), "{count}: {buckets:?}");
        let (bound, last) = buckets.last().unwrap();
        assert_eq!((*bound, *last), (f64::INFINITY, values[&count]), "{count}");
    }
}
