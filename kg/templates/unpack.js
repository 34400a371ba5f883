// The data stands in the file as base64 of zlib-compressed JSON; the browser unpacks it itself.
const $ = (id) => document.getElementById(id);
if (!$("too-old").hidden) return;

async function unpack(block) {
  try {
    const letters = block.textContent;
    const bytes = Uint8Array.fromBase64 ? Uint8Array.fromBase64(letters) : Uint8Array.from(atob(letters), (letter) => letter.charCodeAt(0));
    return await new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"))).json();
  } catch (error) { // a mail program or a copy that stopped half-way has cut the file
    $("damaged").hidden = false;
    throw error;
  }
}
