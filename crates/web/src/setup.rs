//! What makes a device trust the box: the CA's certificate, and a page that says how. It is the same
//! with and without TLS, as who needs it does not trust the box yet; so the page says what to compare.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use bytes::Bytes;
use http_body_util::Full;
use hyper::{
    Response,
    header::{self, HeaderName, HeaderValue},
};
use kiosk_tls::Tls;
use sha2::{Digest as _, Sha256};

use crate::http::Body;

const PAGE: &str = "/setup";
const PEM: &str = "/ca.pem";
const DER: &str = "/ca.crt";
/// What is answered here.
pub(crate) const PATHS: [&str; 3] = [PAGE, PEM, DER];

/// Pairs of digits in a line of the fingerprint, as a person compares it.
const PAIRS_A_LINE: usize = 8;

/// Of one box: it does not change while it runs.
#[derive(Debug)]
pub(crate) struct Setup {
    page: Bytes,
    /// Nothing is loaded, framed or run but the page's own style.
    policy: HeaderValue,
    pem: Bytes,
    der: Bytes,
}

impl Setup {
    /// `port` is where HTTPS is served, if it is.
    pub(crate) fn new(tls: &Tls, port: Option<u16>) -> Self {
        let page =
            include_str!("setup.html").replace("{fingerprint}", &lines(&tls.ca_fingerprint()));
        let address = |text: &str| port.map(|port| text.replace("{}", &port.to_string()));
        let korean =
            address(" 그다음 <b>https://</b>로 시작하고 <b>:{}</b>로 끝나는 주소로 들어오세요.");
        let english = address(" Then come back by an address with <b>https://</b> and <b>:{}</b>.");
        let page = page.replace("{address_ko}", &korean.unwrap_or_default());
        let page = page.replace("{address_en}", &english.unwrap_or_default());
        Self {
            policy: policy(&page),
            page: page.into(),
            pem: Bytes::copy_from_slice(tls.ca_pem().as_bytes()),
            der: Bytes::copy_from_slice(tls.ca_der()),
        }
    }

    /// Of [`PATHS`].
    pub(crate) fn answer(&self, path: &str) -> Response<Body> {
        let (content_type, body) = match path {
            PEM => ("application/x-pem-file", &self.pem),
            DER => ("application/x-x509-ca-cert", &self.der),
            _ => ("text/html; charset=utf-8", &self.page),
        };
        let mut response = Response::new(Full::new(body.clone()));
        let headers = response.headers_mut();
        let mut insert = |name: HeaderName, value| headers.insert(name, value);
        insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
        insert(header::CONTENT_SECURITY_POLICY, self.policy.clone());
        insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
        // Another box, or a new CA, may be at this address tomorrow.
        insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        response
    }
}

/// The fingerprint in lines of eight bytes.
fn lines(fingerprint: &str) -> String {
    let pairs: Vec<&str> = fingerprint.split(':').collect();
    pairs.chunks(PAIRS_A_LINE).map(|line| line.join(":")).collect::<Vec<_>>().join("\n")
}

fn policy(page: &str) -> HeaderValue {
    let style = page.split_once("<style>").and_then(|(_, rest)| rest.split_once("</style>"));
    let digest = Sha256::digest(style.unwrap_or_default().0);
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{}'; base-uri 'none'; form-action 'none'; \
         frame-ancestors 'none'",
        BASE64_STANDARD.encode(digest)
    );
    // Base64 is fit for a header.
    HeaderValue::try_from(policy).unwrap_or(HeaderValue::from_static("default-src 'none'"))
}
