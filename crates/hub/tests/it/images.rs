//! Pictures are files beside the log: it names them, and may outlive them.

use kiosk_domain::Command;

use crate::shop::{Shop, TEA};

/// A PNG of four red pixels.
const PNG: &[u8] = &[
    0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0x00, 0x00, 0x00, 0x0d, 0x49, 0x48, 0x44, 0x52,
    0x00, 0x00, 0x00, 0x02, 0x00, 0x00, 0x00, 0x02, 0x08, 0x02, 0x00, 0x00, 0x00, 0xfd, 0xd4, 0x9a,
    0x73, 0x00, 0x00, 0x00, 0x10, 0x49, 0x44, 0x41, 0x54, 0x78, 0x9c, 0x63, 0xf8, 0xcf, 0xc0, 0x00,
    0x44, 0x0c, 0x10, 0x0a, 0x00, 0x1f, 0xee, 0x03, 0xfd, 0x8b, 0x5f, 0x14, 0xd4, 0x00, 0x00, 0x00,
    0x00, 0x49, 0x45, 0x4e, 0x44, 0xae, 0x42, 0x60, 0x82,
];

async fn show(shop: &Shop, id: u128, image: &str) {
    let command = Command::SetMenuImage { menu_id: TEA, image: image.into() };
    shop.submit(id, command).await.unwrap();
}

#[tokio::test]
async fn a_start_removes_the_pictures_that_no_item_shows_and_no_other() {
    let dir = tempfile::tempdir().unwrap();
    let shop = Shop::new(dir.path()).await;
    let images = shop.hub.images();
    let shown = images.keep(PNG).unwrap();
    let forgotten = images.keep(&[PNG, b"another"].concat()).unwrap();
    show(&shop, 1, &shown.to_string()).await;
    shop.drain().await;

    let shop = Shop::open(dir.path());
    assert!(shop.hub.images().has(&shown));
    assert!(!shop.hub.images().has(&forgotten));
    // Without its state: the log has the name.
    shop.drain().await;
    std::fs::remove_dir_all(dir.path().join("state")).unwrap();
    let shop = Shop::open(dir.path());
    assert!(shop.hub.images().has(&shown));
    shop.drain().await;
}

#[tokio::test]
async fn a_box_whose_pictures_are_gone_goes_on_without_them() {
    let dir = tempfile::tempdir().unwrap();
    let shop = Shop::new(dir.path()).await;
    let shown = shop.hub.images().keep(PNG).unwrap();
    show(&shop, 1, &shown.to_string()).await;
    shop.drain().await;
    std::fs::remove_dir_all(dir.path().join("images")).unwrap();
    let shop = Shop::open(dir.path());
    let image = shop.hub.snapshot().state.menu_item(TEA).unwrap().image.clone();
    assert_eq!(image, shown.to_string());
    assert_eq!(shop.hub.images().read(&format!("{image}-240.jpg")).unwrap(), None);
    shop.drain().await;
}
