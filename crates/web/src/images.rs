//! Pictures of the menu. What a name stands for never changes, so whoever has one keeps it.

use std::sync::Arc;

use bytes::Bytes;
use http_body_util::Full;
use hyper::{
    Response, StatusCode,
    header::{self, HeaderName, HeaderValue},
};

use crate::http::Context;

/// Before the name of a picture.
pub(crate) const PATH: &str = "/images/";

const HEADERS: [(HeaderName, HeaderValue); 3] = [
    (header::CONTENT_TYPE, HeaderValue::from_static("image/jpeg")),
    (header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable")),
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
];

/// The JPEG, or 404: a box that was restored from its log alone has none.
pub(crate) async fn answer(path: &str, context: &Arc<Context>) -> Response<Full<Bytes>> {
    let images = Arc::clone(context.hub.images());
    let name = path.strip_prefix(PATH).unwrap_or_default().to_owned();
    let read = tokio::task::spawn_blocking(move || images.read(&name)).await;
    match read {
        Ok(Ok(Some(jpeg))) => {
            let mut response = Response::new(Full::new(jpeg.into()));
            response.headers_mut().extend(HEADERS);
            response
        }
        Ok(Ok(None)) => refusal(StatusCode::NOT_FOUND, "there is no such picture\n"),
        Ok(Err(error)) => {
            tracing::warn!(%error, path, "a picture can't be read");
            refusal(StatusCode::INTERNAL_SERVER_ERROR, "the picture can't be read\n")
        }
        Err(_) => refusal(StatusCode::INTERNAL_SERVER_ERROR, "the picture can't be read\n"),
    }
}

/// Not to be kept: the picture may come.
fn refusal(status: StatusCode, words: &'static str) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(words.into()));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
