//! Pictures, which come in pieces.

use kiosk_proto::v1::{
    RemoveMenuImageRequest, UploadMenuImageRequest, UploadMenuImageResponse,
    menu_service_client::MenuServiceClient,
};
use tonic::{Code, Status, transport::Channel};

use crate::cafe::{AMERICANO, Cafe, TEA, must, uuid};

type Menus = MenuServiceClient<Channel>;

/// A PNG of four red pixels.
const PNG: &[u8] = &[
    0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0x00, 0x00, 0x00, 0x0d, 0x49, 0x48, 0x44, 0x52,
    0x00, 0x00, 0x00, 0x02, 0x00, 0x00, 0x00, 0x02, 0x08, 0x02, 0x00, 0x00, 0x00, 0xfd, 0xd4, 0x9a,
    0x73, 0x00, 0x00, 0x00, 0x10, 0x49, 0x44, 0x41, 0x54, 0x78, 0x9c, 0x63, 0xf8, 0xcf, 0xc0, 0x00,
    0x44, 0x0c, 0x10, 0x0a, 0x00, 0x1f, 0xee, 0x03, 0xfd, 0x8b, 0x5f, 0x14, 0xd4, 0x00, 0x00, 0x00,
    0x00, 0x49, 0x45, 0x4e, 0x44, 0xae, 0x42, 0x60, 0x82,
];

/// What comes after a PNG's end is nothing to see, and makes it come in several pieces.
fn picture(shade: u8) -> Vec<u8> {
    [PNG, &[shade; 300_000]].concat()
}

fn piece(request_id: &str, menu_id: i32, bytes: &[u8], offset: usize) -> UploadMenuImageRequest {
    UploadMenuImageRequest {
        request_id: request_id.into(),
        menu_id,
        total_bytes: bytes.len() as i32,
        offset: offset as i32,
        data: bytes[offset..bytes.len().min(offset + 128 * 1024)].to_vec(),
    }
}

async fn upload(
    menus: &mut Menus,
    request_id: &str,
    menu_id: i32,
    bytes: &[u8],
) -> Result<UploadMenuImageResponse, Status> {
    let mut offset = 0;
    loop {
        let request = piece(request_id, menu_id, bytes, offset);
        let answer = must("an answer", menus.upload_menu_image(request)).await?.into_inner();
        offset = answer.received_bytes as usize;
        if offset == bytes.len() {
            return Ok(answer);
        }
    }
}

fn image_of(cafe: &Cafe, menu_id: i32) -> String {
    cafe.hub.snapshot().state.menu_item(menu_id).unwrap().image.clone()
}

fn is_kept(cafe: &Cafe, image: &str) -> bool {
    cafe.hub.images().read(&format!("{image}-240.jpg")).unwrap().is_some()
}

#[tokio::test]
async fn a_full_disk_takes_no_picture_not_even_its_first_piece() {
    let cafe = Cafe::open_with(u64::MAX).await;
    let mut menus = MenuServiceClient::new(cafe.channel.clone());
    let refused = upload(&mut menus, &uuid(), TEA, &picture(1)).await.unwrap_err();
    assert_eq!((refused.code(), refused.message()), (Code::ResourceExhausted, "the disk is full"));
}

#[tokio::test]
async fn a_picture_comes_in_pieces_and_is_the_items_when_the_last_one_is_there() {
    let cafe = Cafe::open().await;
    let mut menus = Menus::new(cafe.channel.clone());
    let (id, bytes) = (uuid(), picture(1));
    let first = piece(&id, TEA, &bytes, 0);
    let answer = must("an answer", menus.upload_menu_image(first.clone())).await.unwrap();
    let sent_again = must("an answer", menus.upload_menu_image(first)).await.unwrap();
    assert_eq!(answer.get_ref(), sent_again.get_ref());
    assert_eq!(answer.get_ref().received_bytes, 128 * 1024);
    assert_eq!((image_of(&cafe, TEA), answer.get_ref().image.clone()), Default::default());

    let done = upload(&mut menus, &id, TEA, &bytes).await.unwrap();
    assert_eq!(done.image, image_of(&cafe, TEA));
    assert!(is_kept(&cafe, &done.image));
    // Whoever did not hear the answer asks again, from wherever the box says.
    let head = cafe.head();
    assert_eq!(upload(&mut menus, &id, TEA, &bytes).await.unwrap(), done);
    assert_eq!(cafe.head(), head);
    // The same id for another picture is another request.
    let reused = upload(&mut menus, &id, TEA, &picture(2)).await.unwrap_err();
    assert_eq!(reused.code(), Code::InvalidArgument);
}

#[tokio::test]
async fn a_picture_goes_when_the_last_item_that_shows_it_has_another() {
    let cafe = Cafe::open().await;
    let mut menus = Menus::new(cafe.channel.clone());
    let old = upload(&mut menus, &uuid(), TEA, &picture(1)).await.unwrap().image;
    upload(&mut menus, &uuid(), AMERICANO, &picture(1)).await.unwrap();
    let new = upload(&mut menus, &uuid(), TEA, &picture(2)).await.unwrap().image;
    assert!(is_kept(&cafe, &old) && is_kept(&cafe, &new), "the other item shows it");
    let remove = RemoveMenuImageRequest { request_id: uuid(), menu_id: AMERICANO };
    must("an answer", menus.remove_menu_image(remove)).await.unwrap();
    assert_eq!(image_of(&cafe, AMERICANO), "");
    assert!(!is_kept(&cafe, &old) && is_kept(&cafe, &new));
}

#[tokio::test]
async fn what_can_not_be_a_picture_is_refused() {
    let cafe = Cafe::open().await;
    let mut menus = Menus::new(cafe.channel.clone());
    let head = cafe.head();
    let mut refused = async |request| {
        let status = must("a refusal", menus.upload_menu_image(request)).await.unwrap_err();
        format!("{:?} {}", status.code(), status.message())
    };
    let small = |total_bytes, offset, data: &[u8]| UploadMenuImageRequest {
        request_id: uuid(),
        menu_id: TEA,
        total_bytes,
        offset,
        data: data.into(),
    };
    let said = refused(small(5, 0, b"hello")).await;
    assert!(said.starts_with("InvalidArgument the picture can't be used: it is no JPEG"), "{said}");
    assert_eq!(
        refused(small(5_242_881, -1, b"")).await,
        "InvalidArgument total_bytes: it must be from 1 to 5242880; \
         data: it must have 1 to 131072 bytes; offset: the piece must lie within total_bytes"
    );
    let beyond = refused(small(5, 3, b"abc")).await;
    assert_eq!(beyond, "InvalidArgument offset: the piece must lie within total_bytes");
    let nobodys = UploadMenuImageRequest { menu_id: 99, ..small(5, 0, b"hello") };
    assert_eq!(refused(nobodys).await, "NotFound there is no menu item 99");
    assert_eq!(cafe.head(), head);
}

#[tokio::test]
async fn a_fifth_picture_at_once_makes_the_first_begin_again() {
    let cafe = Cafe::open().await;
    let mut menus = Menus::new(cafe.channel.clone());
    let bytes = picture(1);
    let ids: Vec<String> = (0..5).map(|_| uuid()).collect();
    for id in &ids {
        must("an answer", menus.upload_menu_image(piece(id, TEA, &bytes, 0))).await.unwrap();
    }
    let mut next = async |id: &str| {
        let request = piece(id, TEA, &bytes, 128 * 1024);
        must("an answer", menus.upload_menu_image(request)).await.unwrap().into_inner()
    };
    assert_eq!(next(&ids[4]).await.received_bytes, 256 * 1024);
    assert_eq!(next(&ids[0]).await.received_bytes, 0);
}

#[tokio::test]
async fn a_last_piece_that_is_sent_twice_at_once_is_no_error() {
    let cafe = Cafe::open().await;
    let mut menus = Menus::new(cafe.channel.clone());
    let (id, bytes) = (uuid(), picture(1));
    for offset in [0, 128 * 1024] {
        let request = piece(&id, TEA, &bytes, offset);
        must("an answer", menus.upload_menu_image(request)).await.unwrap();
    }
    let last = piece(&id, TEA, &bytes, 256 * 1024);
    let mut other = menus.clone();
    let (one, two) = tokio::join!(
        must("an answer", menus.upload_menu_image(last.clone())),
        must("an answer", other.upload_menu_image(last)),
    );
    for answer in [one.unwrap().into_inner(), two.unwrap().into_inner()] {
        // Whoever came second may have to begin again.
        let is_done = answer.received_bytes as usize == bytes.len();
        assert!(is_done || answer.received_bytes == 0, "{answer:?}");
        assert_eq!(is_done, !answer.image.is_empty());
    }
    assert!(is_kept(&cafe, &image_of(&cafe, TEA)));
}
