//! From what is sent to what is kept.

#![expect(clippy::unwrap_used, reason = "a test may")]

use std::{fs, io::Cursor, path::Path};

use image::{DynamicImage, ImageFormat, Rgba, RgbaImage};
use kiosk_images::{Hash, ImageError, Images};

/// Red left, see-through right.
fn picture(width: u32, height: u32) -> DynamicImage {
    let pixel = |x, _| Rgba(if x < width / 2 { [255, 0, 0, 255] } else { [0, 0, 0, 0] });
    DynamicImage::ImageRgba8(RgbaImage::from_fn(width, height, pixel))
}

fn encoded(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    let picture = match format {
        ImageFormat::Jpeg => DynamicImage::ImageRgb8(picture.to_rgb8()),
        _ => picture.clone(),
    };
    picture.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

fn names(dir: &Path) -> Vec<String> {
    let Ok(entries) = fs::read_dir(dir) else { return Vec::new() };
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.collect();
    names.sort();
    names
}

fn kept(images: &Images, hash: &Hash, side: u32) -> DynamicImage {
    let jpeg = images.read(&format!("{hash}-{side}.jpg")).unwrap().unwrap();
    image::load_from_memory_with_format(&jpeg, ImageFormat::Jpeg).unwrap()
}

#[test]
fn a_picture_is_kept_in_two_sizes_under_the_hash_of_what_was_sent() {
    let dir = tempfile::tempdir().unwrap();
    let images = Images::new(dir.path().join("images"));
    for format in [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::WebP] {
        let source = encoded(&picture(1_920, 960), format);
        let hash = images.keep(&source).unwrap();
        assert_eq!(hash, Hash::of(&source));
        assert!(images.has(&hash));
        let (large, small) = (kept(&images, &hash, 960), kept(&images, &hash, 240));
        assert_eq!((large.width(), large.height()), (960, 480));
        assert_eq!((small.width(), small.height()), (240, 120));
    }
    let files = names(&dir.path().join("images"));
    assert_eq!(files.len(), 6, "{files:?}");
    assert!(files.iter().all(|name| name.ends_with(".jpg")));
}

#[test]
fn the_same_picture_is_kept_once_and_a_small_one_is_not_blown_up() {
    let dir = tempfile::tempdir().unwrap();
    let images = Images::new(dir.path().into());
    let source = encoded(&picture(100, 300), ImageFormat::Png);
    let hash = images.keep(&source).unwrap();
    // What is there is not made again.
    fs::write(dir.path().join(format!("{hash}-240.jpg")), "touched").unwrap();
    assert_eq!(images.keep(&source).unwrap(), hash);
    assert_eq!(images.read(&format!("{hash}-240.jpg")).unwrap().unwrap(), b"touched");
    let large = kept(&images, &hash, 960);
    assert_eq!((large.width(), large.height()), (100, 300));
}

#[test]
fn what_was_transparent_is_white() {
    let dir = tempfile::tempdir().unwrap();
    let images = Images::new(dir.path().into());
    let hash = images.keep(&encoded(&picture(200, 100), ImageFormat::Png)).unwrap();
    let picture = kept(&images, &hash, 240).to_rgb8();
    let (left, right) = (picture.get_pixel(20, 50).0, picture.get_pixel(180, 50).0);
    assert!(left[0] > 240 && left[1] < 15, "{left:?}");
    assert!(right.iter().all(|colour| *colour > 240), "{right:?}");
}

/// The first 33 bytes of a PNG, which say how large it is.
fn png_header(width: u32, height: u32) -> Vec<u8> {
    let mut source = encoded(&picture(1, 1), ImageFormat::Png);
    source[16..20].copy_from_slice(&width.to_be_bytes());
    source[20..24].copy_from_slice(&height.to_be_bytes());
    let checksum = crc32(&source[12..29]);
    source[29..33].copy_from_slice(&checksum.to_be_bytes());
    source
}

/// As PNG has it.
fn crc32(bytes: &[u8]) -> u32 {
    let step = |crc: u32| if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 };
    let of_byte = |crc: u32, byte: &u8| (0..8).fold(crc ^ u32::from(*byte), |crc, _| step(crc));
    !bytes.iter().fold(u32::MAX, of_byte)
}

#[test]
fn what_is_no_picture_or_would_fill_the_memory_is_refused_and_leaves_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let images = Images::new(dir.path().join("images"));
    let mut cut = encoded(&picture(640, 480), ImageFormat::Png);
    cut.truncate(cut.len() / 2);
    for (source, says) in [
        (Vec::new(), "no JPEG, PNG or WebP"),
        (b"<svg onload='alert(1)'/>".to_vec(), "no JPEG, PNG or WebP"),
        (b"GIF89a\x01\x00\x01\x00".to_vec(), "no JPEG, PNG or WebP"),
        (png_header(60_000, 60_000), "more than 16000000 pixels"),
        (png_header(u32::MAX / 2, 1), "more than 16000000 pixels"),
        (png_header(4_001, 4_000), "more than 16000000 pixels"),
        (cut, ""),
    ] {
        match images.keep(&source) {
            Err(ImageError::Unusable(problem)) => assert!(problem.contains(says), "{problem}"),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(names(&dir.path().join("images")), Vec::<String>::new());
}

#[test]
fn only_the_name_of_a_picture_is_read() {
    let dir = tempfile::tempdir().unwrap();
    let images = Images::new(dir.path().join("images"));
    let hash = images.keep(&encoded(&picture(10, 10), ImageFormat::Png)).unwrap().to_string();
    fs::write(dir.path().join("secret"), "secret").unwrap();
    fs::write(dir.path().join(format!("images/{hash}-100.jpg")), "not ours").unwrap();
    assert!(images.read(&format!("{hash}-240.jpg")).unwrap().is_some());
    for wrong in [
        "../secret",
        "..%2fsecret",
        "",
        &hash,
        &format!("{hash}-100.jpg"),
        &format!("{hash}-0240.jpg"),
        &format!("{hash}-240.png"),
        &format!("{}-240.jpg", hash.to_uppercase()),
        &format!("/{hash}-240.jpg"),
        &format!("{}-240.jpg", "0".repeat(64)),
        &format!("{}-240.jpg", "../".repeat(22)),
    ] {
        assert_eq!(images.read(wrong).unwrap(), None, "{wrong}");
    }
}

#[test]
fn a_collection_takes_what_nothing_shows_and_what_a_crash_left() {
    let dir = tempfile::tempdir().unwrap();
    let images = Images::new(dir.path().join("images"));
    assert_eq!(images.collect(|_| true).unwrap(), 0, "there is no directory yet");
    let shown = images.keep(&encoded(&picture(10, 10), ImageFormat::Png)).unwrap();
    let old = images.keep(&encoded(&picture(11, 10), ImageFormat::Png)).unwrap();
    fs::write(dir.path().join("images/unfinished"), "half").unwrap();
    assert_eq!(images.collect(|hash| hash == shown.to_string()).unwrap(), 3);
    assert!(images.has(&shown) && !images.has(&old));
    images.remove(&shown).unwrap();
    images.remove(&shown).unwrap();
    assert!(names(&dir.path().join("images")).is_empty());
}
