import type { RequestOf } from "../../log/methods.ts";
import { post } from "../../log/post.ts";
import { download } from "../parts/download.ts";

/** Over HTTP: a report of a year is larger than what a session may have waiting. */
export async function save(request: RequestOf<"ReportService/ExportReport">): Promise<void> {
    const answer = await post("ReportService/ExportReport", request);
    download(answer.fileName ?? "report", answer.contentType ?? "text/plain", answer.content ?? "");
}
