import { post } from "../../log/post.ts";
import { uuid } from "../../log/uuid.ts";

export const PICTURE_BYTES_MAX = 5 * 1024 * 1024;
/** The most that the box takes at once. */
const PIECE_BYTES = 128 * 1024;
/** A box that was restarted wants it from the beginning, and not for ever. */
const PIECES_MAX = 3 * Math.ceil(PICTURE_BYTES_MAX / PIECE_BYTES);

/** Sends a picture piece by piece: each begins where the box says that it has got to. */
export async function upload(
    menuId: number,
    file: Blob,
    progress: (part: number) => void,
): Promise<void> {
    const requestId = uuid();
    const bytes = new Uint8Array(await file.arrayBuffer());
    let offset = 0;
    for (let nth = 0; nth < PIECES_MAX; nth += 1) {
        const data = base64(bytes.subarray(offset, offset + PIECE_BYTES));
        const piece = { requestId, menuId, totalBytes: bytes.length, offset, data };
        const answer = await post("MenuService/UploadMenuImage", piece);
        offset = answer.receivedBytes ?? 0;
        progress(offset / bytes.length);
        if ((answer.image ?? "") !== "") return;
    }
}

function base64(bytes: Uint8Array): string {
    let text = "";
    // As many at once as a call takes arguments.
    for (let at = 0; at < bytes.length; at += 8192) {
        text += String.fromCharCode(...bytes.subarray(at, at + 8192));
    }
    return btoa(text);
}
