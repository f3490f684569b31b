use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
    },
    thread::JoinHandle,
};

use futures_util::{FutureExt as _, SinkExt as _, StreamExt as _, future::LocalBoxFuture};
use kiosk_tests::must;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpSocket, TcpStream},
    task::LocalSet,
};
use tokio_tungstenite::{client_async, tungstenite::Message};

/// Other machines', as far as the box can tell. Most floods come from the first.
const ADDRESSES: [IpAddr; 6] =
    [address(2), address(3), address(4), address(5), address(6), address(7)];
/// Of each flood at once.
const CONNECTIONS: usize = 16;
/// On each port: more than one address may hold, and all of them together more than there are.
const HELD: usize = 80;
/// More calls than a session may have open.
const CALLS: usize = 40;
/// The preface that every HTTP/2 client sends, and its SETTINGS.
const GREETING: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";

/// Where to, and with what.
#[derive(Clone)]
pub(crate) struct Target {
    pub(crate) web: SocketAddr,
    pub(crate) grpc: SocketAddr,
    pub(crate) mqtt: SocketAddr,
    /// Of a device that went mad.
    pub(crate) token: String,
    /// To read what the box has counted.
    pub(crate) admin: String,
}

/// One connection's part, once: whether the box has set a limit.
type Round = fn(Arc<Target>) -> LocalBoxFuture<'static, bool>;

/// By the limit that is exceeded.
pub(crate) const FLOODS: [(&str, Round); 14] = [
    ("calls_per_second", |target| {
        let token = target.token.clone();
        asks(target, move || get("/api/menus", &token), 429).boxed_local()
    }),
    ("requests_per_address_per_second: calls", |target| {
        asks(target, || get("/api/menus", "kd.AAAAAAAAAAAAAAAA.AAAA"), 429).boxed_local()
    }),
    ("requests_per_address_per_second: pages", |target| {
        asks(target, || get("/healthz", ""), 429).boxed_local()
    }),
    ("requests_per_address_per_second: sessions that there are not", |target| {
        asks(target, || get("/socket.io/?EIO=4&transport=polling&sid=x", ""), 429).boxed_local()
    }),
    ("request_bytes_max", |target| {
        let token = target.token.clone();
        asks(target, move || post(&token, 512 * 1024), 413).boxed_local()
    }),
    ("header_bytes_max", |target| {
        asks(target, || get("/healthz", &"x".repeat(64 * 1024)), 431).boxed_local()
    }),
    ("connections_per_address_max, handshake_seconds", |target| {
        hold(target, &ADDRESSES[..1]).boxed_local()
    }),
    ("connections_max", |target| hold(target, &ADDRESSES).boxed_local()),
    ("connections_per_address_per_second", |target| knock(target).boxed_local()),
    ("resets_max", |target| reset(target).boxed_local()),
    ("idle_seconds", |target| idle(target).boxed_local()),
    ("frames_per_second", |target| speak(target).boxed_local()),
    ("calls_at_once_max", |target| listen(target).boxed_local()),
    ("frame_bytes_max", |target| shout(target).boxed_local()),
];

/// Goes on until it is ended, on a thread of its own.
pub(crate) struct Flood {
    stop: Arc<AtomicBool>,
    struck: Arc<AtomicU64>,
    thread: JoinHandle<()>,
}

impl Flood {
    pub(crate) fn begin(round: Round, target: Target) -> Self {
        let (stop, struck) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
        let (stopped, counted) = (Arc::clone(&stop), Arc::clone(&struck));
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            let target = Arc::new(target);
            runtime.unwrap().block_on(LocalSet::new().run_until(async move {
                let loops = (0..CONNECTIONS).map(|_| async {
                    while !stopped.load(Relaxed) {
                        // It is the box that a flood waits for, and never for long.
                        let rounds = must("the end of a round", round(Arc::clone(&target)));
                        counted.fetch_add(u64::from(rounds.await), Relaxed);
                        tokio::task::yield_now().await;
                    }
                });
                futures_util::future::join_all(loops).await;
            }));
        });
        Self { stop, struck, thread }
    }

    /// Waits until the limit was met.
    pub(crate) async fn strikes(&self, name: &str) {
        let met = async {
            while self.struck.load(Relaxed) == 0 {
                assert!(!self.thread.is_finished(), "{name}: the flood has ended by itself");
                tokio::time::sleep(std::time::Duration::from_millis(10)).await;
            }
        };
        must(name, met).await;
    }

    /// How often the limit was met.
    pub(crate) async fn end(self) -> u64 {
        self.stop.store(true, Relaxed);
        // Others have to go on meanwhile.
        tokio::task::spawn_blocking(|| self.thread.join()).await.unwrap().unwrap();
        self.struck.load(Relaxed)
    }
}

const fn address(last: u8) -> IpAddr {
    IpAddr::V4(Ipv4Addr::new(127, 0, 0, last))
}

/// None: the box does not let it in.
async fn connect(to: SocketAddr) -> Option<TcpStream> {
    connect_from(ADDRESSES[0], to).await
}

async fn connect_from(address: IpAddr, to: SocketAddr) -> Option<TcpStream> {
    let socket = TcpSocket::new_v4().ok()?;
    socket.bind((address, 0).into()).ok()?;
    socket.connect(to).await.ok()
}

fn get(path: &str, token: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nHost: box\r\nAuthorization: Bearer {token}\r\n\r\n").into()
}

fn post(token: &str, bytes: usize) -> Vec<u8> {
    let head = format!(
        "POST /api/orders HTTP/1.1\r\nHost: box\r\nAuthorization: Bearer {token}\r\n\
         Content-Type: application/json\r\nContent-Length: {bytes}\r\n\r\n"
    );
    [head.into_bytes(), vec![b' '; bytes]].concat()
}

/// Asks the same on one connection as long as it lasts, or until the limit's status comes.
async fn asks(target: Arc<Target>, ask: impl Fn() -> Vec<u8>, limit: u16) -> bool {
    let Some(mut stream) = connect(target.web).await else { return false };
    let ask = ask();
    for _ in 0..100 {
        if stream.write_all(&ask).await.is_err() {
            return false;
        }
        match status(&mut stream).await {
            Some(status) if status == limit => return true,
            Some(_) => {}
            None => return false,
        }
    }
    false
}

/// Of the next answer, which is read whole.
async fn status(stream: &mut TcpStream) -> Option<u16> {
    let mut read = Vec::new();
    let head_bytes = loop {
        if let Some(at) = read.windows(4).position(|four| four == b"\r\n\r\n") {
            break at + 4;
        }
        if stream.read_buf(&mut read).await.ok()? == 0 {
            return None;
        }
    };
    let head = String::from_utf8_lossy(&read[..head_bytes]).to_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    let end = head_bytes + length.and_then(|length| length.parse().ok()).unwrap_or(0);
    while read.len() < end {
        if stream.read_buf(&mut read).await.ok()? == 0 {
            return None;
        }
    }
    head.split(' ').nth(1)?.parse().ok()
}

/// Takes connections on every port and says nothing.
async fn hold(target: Arc<Target>, addresses: &[IpAddr]) -> bool {
    let mut held = Vec::new();
    for port in [target.web, target.grpc, target.mqtt] {
        for _ in 0..HELD / CONNECTIONS {
            for address in addresses {
                held.extend(connect_from(*address, port).await);
            }
        }
    }
    // Over the bound: at once. Within: when they have been silent for long enough.
    let ends = held.iter_mut().map(async |stream| stream.read_u8().await.is_err());
    futures_util::future::join_all(ends).await.into_iter().any(|has_ended| has_ended)
}

/// Comes and goes.
async fn knock(target: Arc<Target>) -> bool {
    let before = limited(&target, "connections").await;
    for port in [target.web, target.grpc, target.mqtt] {
        for _ in 0..20 {
            drop(connect(port).await);
        }
    }
    limited(&target, "connections").await > before
}

/// Begins streams and resets them at once (CVE-2023-44487).
async fn reset(target: Arc<Target>) -> bool {
    let Some(mut stream) = connect(target.grpc).await else { return false };
    let mut bytes = GREETING.to_vec();
    for stream_id in (1_u32..2_000).step_by(2) {
        // `:method POST`, `:scheme http`, `:path /`, which the HPACK table has.
        frame(&mut bytes, 0x1, 0x4, stream_id, &[0x83, 0x86, 0x84]);
        frame(&mut bytes, 0x3, 0x0, stream_id, &8_u32.to_be_bytes());
    }
    let _ = stream.write_all(&bytes).await;
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    // Not one that was not even let in.
    !answer.is_empty()
}

/// Greets, and does not answer when it is asked whether it is there.
async fn idle(target: Arc<Target>) -> bool {
    let Some(mut stream) = connect(target.grpc).await else { return false };
    let _ = stream.write_all(GREETING).await;
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    // The PING that it was asked with: its frame has 8 bytes of type 6.
    answer.windows(5).any(|frame| frame == [0, 0, 8, 6, 0])
}

fn frame(bytes: &mut Vec<u8>, kind: u8, flags: u8, stream_id: u32, payload: &[u8]) {
    let length = u32::try_from(payload.len()).unwrap();
    bytes.extend(&length.to_be_bytes()[1..]);
    bytes.extend([kind, flags]);
    bytes.extend(stream_id.to_be_bytes());
    bytes.extend(payload);
}

/// Has a session and sends frames in it, faster than anyone would.
async fn speak(target: Arc<Target>) -> bool {
    let before = limited(&target, "frames").await;
    let Some(socket) = session(&target).await else { return false };
    let (mut write, mut read) = socket.split();
    let said = async {
        for _ in 0..2_000 {
            if write.feed(Message::text(r#"{"event":"ping"}"#)).await.is_err() {
                break;
            }
        }
        let _ = write.close().await;
    };
    let heard = async { while read.next().await.is_some_and(|frame| frame.is_ok()) {} };
    tokio::join!(said, heard);
    limited(&target, "frames").await > before
}

/// Has a session and follows the log in it, again and again.
async fn listen(target: Arc<Target>) -> bool {
    let Some(mut socket) = session(&target).await else { return false };
    for id in 0..CALLS {
        let data = r#"{"method":"kiosk.v1.EventService/Subscribe","message":{}}"#;
        let call = format!(r#"{{"event":"call","id":"{id}","data":{data}}}"#);
        if socket.send(Message::text(call)).await.is_err() {
            return false;
        }
    }
    while let Some(Ok(message)) = socket.next().await {
        if message.to_text().is_ok_and(|text| text.contains("RESOURCE_EXHAUSTED")) {
            return true;
        }
    }
    false
}

/// Has a session and sends one frame that is too large.
async fn shout(target: Arc<Target>) -> bool {
    let Some(mut socket) = session(&target).await else { return false };
    let _ = socket.send(Message::text("x".repeat(65 * 1024))).await;
    while let Some(Ok(message)) = socket.next().await {
        if let Message::Close(Some(frame)) = message {
            return u16::from(frame.code) == 1009;
        }
    }
    false
}

async fn session(target: &Target) -> Option<tokio_tungstenite::WebSocketStream<TcpStream>> {
    let stream = connect(target.web).await?;
    let url = format!("ws://{}/ws?token={}", target.web, target.token);
    Some(client_async(url, stream).await.ok()?.0)
}

/// How often the box has set a limit, as it says itself. (From its own address, which has limits of
/// its own.)
async fn limited(target: &Target, limit: &str) -> u64 {
    let mut stream = TcpStream::connect(target.web).await.unwrap();
    let ask = format!(
        "GET /metrics HTTP/1.1\r\nHost: box\r\nConnection: close\r\nAuthorization: Bearer {}\r\n\r\n",
        target.admin
    );
    stream.write_all(ask.as_bytes()).await.unwrap();
    let mut answer = String::new();
    let _ = stream.read_to_string(&mut answer).await;
    let name = format!("kiosk_limited_total{{limit=\"{limit}\"}} ");
    answer.lines().find_map(|line| line.strip_prefix(&name)?.parse().ok()).unwrap_or(0)
}
