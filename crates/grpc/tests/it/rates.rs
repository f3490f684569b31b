//! How much one client may ask, and that nobody else has less for it.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use kiosk_hub::Limits;
use kiosk_proto::v1::role::Value as Role;
use tokio::{
    io::AsyncReadExt as _,
    net::{TcpSocket, TcpStream},
};
use tonic::{Code, Status, transport::Endpoint};
use tonic_types::StatusExt as _;

use crate::{
    cafe::{Cafe, must},
    raw::call_with_nothing,
};

const GET_MENU: &str = "kiosk.v1.MenuService/ListMenus";
const ANOTHER_ADDRESS: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 2));

/// That it has asked too often, and when it may again.
fn is_too_often(answer: &Result<(), Status>) -> bool {
    let Err(status) = answer else { return false };
    let reason = status.get_details_error_info().map(|info| info.reason);
    let wait = status.get_details_retry_info().and_then(|info| info.retry_delay);
    reason.as_deref() == Some("TOO_OFTEN")
        && status.code() == Code::ResourceExhausted
        && wait.is_some_and(|wait| !wait.is_zero())
}

#[tokio::test]
async fn who_calls_too_often_is_told_to_wait_and_nobody_else() {
    let limits = Limits { calls_per_second: 1, ..Limits::default() };
    let cafe = Cafe::open_limited(limits).await;
    let (_, eager) = cafe.pair(Role::Pos).await;
    let (_, other) = cafe.pair(Role::Pos).await;
    let call = async |token: &str| call_with_nothing(&cafe.channel, GET_MENU, Some(token)).await;
    let mut answers = Vec::new();
    for _ in 0..7 {
        answers.push(call(&eager).await);
    }
    // Five seconds' worth, and what another second or so has brought.
    assert!(answers[..5].iter().all(Result::is_ok), "{answers:?}");
    assert!(answers[5..].iter().any(is_too_often), "{answers:?}");
    assert!(answers.iter().all(|it| it.is_ok() || is_too_often(it)), "{answers:?}");
    call(&other).await.unwrap();
    assert!(cafe.hub.stats().limited.counts()[1].1 > 0);
}

#[tokio::test]
async fn who_shows_nothing_counts_for_the_address_and_takes_nothing_from_who_is_known_there() {
    let limits = Limits { requests_per_address_per_second: 1, ..Limits::default() };
    let cafe = Cafe::open_limited(limits).await;
    let (_, token) = cafe.pair(Role::Pos).await;
    for wrong in [None, Some("kd.AAAAAAAAAAAAAAAA.AAAA")] {
        let mut refused = Vec::new();
        for _ in 0..7 {
            refused.push(call_with_nothing(&cafe.channel, GET_MENU, wrong).await.unwrap_err());
        }
        let code = refused[6].code();
        assert!([Code::ResourceExhausted, Code::Unauthenticated].contains(&code), "{code}");
        assert!(refused.into_iter().any(|it| is_too_often(&Err(it))), "{wrong:?}");
    }
    // Health is nobody's secret, and counts as well.
    let health = "grpc.health.v1.Health/Check";
    let mut asked = Vec::new();
    for _ in 0..7 {
        asked.push(call_with_nothing(&cafe.channel, health, None).await);
    }
    assert!(asked.iter().any(is_too_often), "{asked:?}");
    for _ in 0..7 {
        call_with_nothing(&cafe.channel, GET_MENU, Some(&token)).await.unwrap();
    }
    let elsewhere = from_another_address(cafe.address).connect().await.unwrap();
    let answer = call_with_nothing(&elsewhere, GET_MENU, None).await;
    assert_eq!(answer.unwrap_err().code(), Code::Unauthenticated);
}

#[tokio::test]
async fn one_address_has_its_connections_and_leaves_the_others_theirs() {
    let limits = Limits { connections_per_address_max: 4, ..Limits::default() };
    let cafe = Cafe::open_limited(limits).await;
    let (_, token) = cafe.pair(Role::Pos).await;
    // The test's own connection is one of them.
    let mut held = Vec::new();
    for _ in 0..3 {
        held.push(TcpStream::connect(cafe.address).await.unwrap());
    }
    assert_closed_at_once(TcpStream::connect(cafe.address).await.unwrap()).await;
    let elsewhere = from_another_address(cafe.address).connect().await.unwrap();
    call_with_nothing(&elsewhere, GET_MENU, Some(&token)).await.unwrap();
    call_with_nothing(&cafe.channel, GET_MENU, Some(&token)).await.unwrap();
    assert_eq!(cafe.hub.stats().limited.counts()[0], ("connections", 1));
}

#[tokio::test]
async fn who_connects_too_often_is_closed_at_once_and_nobody_else() {
    let limits = Limits { connections_per_address_per_second: 1, ..Limits::default() };
    let cafe = Cafe::open_limited(limits).await;
    let mut closed = 0;
    for _ in 0..30 {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind((ANOTHER_ADDRESS, 0).into()).unwrap();
        drop(must("a connection", socket.connect(cafe.address)).await.unwrap());
    }
    // They come in one after the other; the last one is looked at when all others were.
    while closed == 0 {
        tokio::task::yield_now().await;
        closed = cafe.hub.stats().limited.counts()[0].1;
    }
    assert_eq!(
        call_with_nothing(&cafe.channel, GET_MENU, None).await.unwrap_err().code(),
        Code::Unauthenticated
    );
}

fn from_another_address(address: SocketAddr) -> Endpoint {
    let endpoint = Endpoint::from_shared(format!("http://{address}")).unwrap();
    endpoint.local_address(Some(ANOTHER_ADDRESS))
}

async fn assert_closed_at_once(mut stream: TcpStream) {
    let mut rest = Vec::new();
    // A reset is an end too.
    let _ = must("its end", stream.read_to_end(&mut rest)).await;
    assert!(rest.is_empty());
}
