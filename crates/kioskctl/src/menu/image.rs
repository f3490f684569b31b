use std::{fs, path::PathBuf};

use clap::Args;
use kiosk_proto::v1::{
    RemoveMenuImageRequest, UploadMenuImageRequest, UploadMenuImageResponse,
    menu_service_client::MenuServiceClient,
};

use crate::{cli::Mutation, client::Client, failure::Failure, output::Output};

/// What the box takes at once.
const PIECE_BYTES: usize = 128 * 1024;
/// What it takes altogether.
const IMAGE_BYTES_MAX: u64 = 5 * 1024 * 1024;
/// A box that restarts forgets the pieces it has. More often than this it has another trouble.
const RESTARTS_MAX: usize = 5;

#[derive(Debug, Args)]
pub(crate) struct ImageArgs {
    menu_id: i32,
    /// The picture.
    #[arg(required_unless_present = "remove", conflicts_with = "remove")]
    file: Option<PathBuf>,
    /// Take its picture away.
    #[arg(long)]
    remove: bool,
    #[command(flatten)]
    mutation: Mutation,
}

pub(crate) async fn run(args: ImageArgs, client: &Client, output: Output) -> Result<(), Failure> {
    let request_id = args.mutation.request_id();
    let menu_id = args.menu_id;
    let Some(file) = args.file else {
        let request = RemoveMenuImageRequest { request_id: request_id.clone(), menu_id };
        let call = async |channel, request| {
            MenuServiceClient::new(channel).remove_menu_image(request).await
        };
        let answer = client.mutate(&request_id, request, call).await?;
        return output.message(&answer, |_| format!("{menu_id} has no picture"));
    };
    let bytes = read(&file)?;
    let answer = upload(client, &request_id, menu_id, &bytes).await?;
    output.message(&answer, |answer| {
        let image = &answer.image;
        format!("{menu_id} has a picture: /images/{image}-240.jpg, /images/{image}-960.jpg")
    })
}

/// No more of it than the box would take: a disk image by mistake is not read whole.
fn read(file: &PathBuf) -> Result<Vec<u8>, Failure> {
    let wrong =
        |error: &dyn std::fmt::Display| Failure::Usage(format!("{}: {error}", file.display()));
    let length = fs::metadata(file).map_err(|error| wrong(&error))?.len();
    if !(1..=IMAGE_BYTES_MAX).contains(&length) {
        return Err(wrong(&format!("it has {length} bytes, not 1 to {IMAGE_BYTES_MAX}")));
    }
    fs::read(file).map_err(|error| wrong(&error))
}

/// The answer to the last piece.
async fn upload(
    client: &Client,
    request_id: &str,
    menu_id: i32,
    bytes: &[u8],
) -> Result<UploadMenuImageResponse, Failure> {
    let total_bytes = i32::try_from(bytes.len()).unwrap_or(i32::MAX);
    let (mut offset, mut restarts) = (0, 0);
    loop {
        let end = bytes.len().min(offset + PIECE_BYTES);
        let request = UploadMenuImageRequest {
            request_id: request_id.into(),
            menu_id,
            total_bytes,
            offset: i32::try_from(offset).unwrap_or(i32::MAX),
            data: bytes.get(offset..end).unwrap_or_default().to_vec(),
        };
        let call = async |channel, request| {
            MenuServiceClient::new(channel).upload_menu_image(request).await
        };
        let answer = client.mutate(request_id, request, call).await?;
        if answer.received_bytes == total_bytes {
            return Ok(answer);
        }
        let received = usize::try_from(answer.received_bytes).unwrap_or(0);
        restarts += usize::from(received <= offset);
        if restarts > RESTARTS_MAX {
            return Err(Failure::Check("the box forgets what it was sent, again and again".into()));
        }
        offset = received;
    }
}
