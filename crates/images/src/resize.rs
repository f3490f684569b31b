//! From any picture to JPEGs of known sizes.

use std::io::Cursor;

use image::{
    DynamicImage, ImageDecoder as _, ImageError, ImageFormat, ImageReader, Limits, RgbImage,
    codecs::jpeg::JpegEncoder,
};

/// The longer side of the pictures that are kept, in pixels: for a list, and for a whole screen.
pub const SIDES: [u32; 2] = [240, 960];
/// What a picture may have when it comes.
pub const PIXELS_MAX: u64 = 16_000_000;
/// The most that decoding may take: 16 megapixels of four bytes, and as much again for the decoder.
const DECODE_BYTES_MAX: u64 = 128 * 1024 * 1024;
/// At this quality a difference is hard to see; beyond it files grow fast.
const QUALITY: u8 = 82;

/// A JPEG for each of [`SIDES`]; an error says why not.
pub(crate) fn pictures(source: &[u8]) -> Result<Vec<(u32, Vec<u8>)>, String> {
    let mut picture = decode(source)?;
    let mut pictures = Vec::with_capacity(SIDES.len());
    // The large one first: the small one is made of it, and the original's memory is free again.
    for side in SIDES.into_iter().rev() {
        if picture.width().max(picture.height()) > side {
            picture = picture.thumbnail(side, side);
        }
        pictures.push((side, jpeg(&picture)?));
    }
    Ok(pictures)
}

fn decode(source: &[u8]) -> Result<DynamicImage, String> {
    let format = image::guess_format(source).ok();
    let known = [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP];
    let format = format.filter(|format| known.contains(format));
    let format = format.ok_or("it is no JPEG, PNG or WebP")?;
    let mut limits = Limits::no_limits();
    limits.max_alloc = Some(DECODE_BYTES_MAX);
    let mut reader = ImageReader::with_format(Cursor::new(source), format);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(|error| problem(&error))?;
    let (width, height) = decoder.dimensions();
    let pixels = u64::from(width) * u64::from(height);
    if pixels > PIXELS_MAX || decoder.total_bytes() > DECODE_BYTES_MAX {
        return Err(too_large());
    }
    // How the camera was held. A picture that says nonsense about that is shown as it is.
    let orientation = decoder.orientation().ok();
    let picture = DynamicImage::from_decoder(decoder).map_err(|error| problem(&error))?;
    let largest = SIDES.into_iter().max().unwrap_or_default();
    let is_large = picture.width().max(picture.height()) > largest;
    let mut picture = if is_large { picture.thumbnail(largest, largest) } else { picture };
    if let Some(orientation) = orientation {
        picture.apply_orientation(orientation);
    }
    Ok(picture)
}

fn problem(error: &ImageError) -> String {
    match error {
        ImageError::Limits(_) => too_large(),
        error => error.to_string(),
    }
}

fn too_large() -> String {
    format!("it has more than {PIXELS_MAX} pixels, or they take more than {DECODE_BYTES_MAX} bytes")
}

fn jpeg(picture: &DynamicImage) -> Result<Vec<u8>, String> {
    let mut jpeg = Vec::new();
    let encoder = JpegEncoder::new_with_quality(&mut jpeg, QUALITY);
    on_white(picture).write_with_encoder(encoder).map_err(|error| error.to_string())?;
    Ok(jpeg)
}

/// A JPEG has nothing to see through: what was transparent is white, as the menu is.
fn on_white(picture: &DynamicImage) -> RgbImage {
    let picture = picture.to_rgba8();
    RgbImage::from_fn(picture.width(), picture.height(), |x, y| {
        let [red, green, blue, alpha] = picture.get_pixel(x, y).0;
        let alpha = u16::from(alpha);
        let mixed = |colour: u8| {
            let sum = u16::from(colour) * alpha + 255 * (255 - alpha);
            u8::try_from(sum / 255).unwrap_or(u8::MAX)
        };
        image::Rgb([mixed(red), mixed(green), mixed(blue)])
    })
}
