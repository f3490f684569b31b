/** Gives the browser a file to keep. */
export function download(name: string, type: string, content: string): void {
    const url = URL.createObjectURL(new Blob([content], { type }));
    const link = document.createElement("a");
    [link.href, link.download] = [url, name];
    link.click();
    URL.revokeObjectURL(url);
}
