//! The screens are built by npm, before this crate: without them there is no box.

use std::{path::Path, process::exit};

const PAGES: [&str; 7] = [
    "index.html",
    "admin.html",
    "board.html",
    "kiosk.html",
    "kitchen.html",
    "order.html",
    "pair.html",
];

fn main() {
    println!("cargo:rerun-if-changed=ui/dist");
    for page in PAGES {
        let length = Path::new("ui/dist").join(page).metadata().map_or(0, |found| found.len());
        if length == 0 {
            println!("cargo:error=the screens are not built: run `cargo xtask screens` first");
            exit(1);
        }
    }
}
