//! TLS with a CA of the box's own: it is made on the first boot, signs what the box shows to its
//! clients, and that is made anew in time, without a restart.
//!
//! Nothing here knows what is said over a connection. Time comes in from outside, and so do the
//! names that the box goes by.

mod acceptor;
mod authority;
mod device;
mod error;
mod files;
mod leaf;
mod moment;
mod name;
mod tls;

pub use acceptor::{AcceptError, Acceptor, Stream, device_of};
pub use device::CsrError;
pub use error::OpenError;
pub use moment::Now;
pub use name::{Name, Names, NoName, names_of_this_box};
pub use tls::{Config, Tls};
