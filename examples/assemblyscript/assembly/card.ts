// A greeting card by link, in AssemblyScript: a form, a redirect to the card, the card as a page and as JSON.

const MAX_BODY = 64 * 1024;

class Card {
  constructor(public to: string, public text: string) {}
}

function variable(name: string): string {
  return process.env.has(name) ? process.env.get(name) : "";
}

function respond(status: string, mediaType: string, body: string, fields: string = ""): void {
  process.stdout.write(`Status: ${status}\nContent-Type: ${mediaType}; charset=utf-8\n${fields}\n${body}`);
}

function refuse(status: string, why: string, fields: string = ""): void {
  respond(status, "text/plain", why + "\n", fields);
}

function hexDigit(code: i32): i32 {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const letter = (code | 0x20) - 0x61;
  return letter >= 0 && letter < 6 ? letter + 10 : -1;
}

/** Decodes `a+b%20c`; decodeURIComponent would end the module on what is not well-formed. */
function decode(encoded: string): string {
  const source = Uint8Array.wrap(String.UTF8.encode(encoded));
  const bytes = new Uint8Array(source.length);
  let length = 0;
  for (let i = 0; i < source.length; i++) {
    let byte = source[i];
    if (byte == 0x2b) {
      byte = 0x20;
    } else if (byte == 0x25 && i + 2 < source.length) {
      const high = hexDigit(source[i + 1]);
      const low = hexDigit(source[i + 2]);
      if (high >= 0 && low >= 0) {
        byte = <u8>((high << 4) | low);
        i += 2;
      }
    }
    bytes[length++] = byte;
  }
  return String.UTF8.decode(bytes.buffer.slice(0, length));
}

/** The first value of a field in `a=1&b=2`. */
function field(form: string, name: string): string {
  const pairs = form.split("&");
  for (let i = 0; i < pairs.length; i++) {
    if (pairs[i].startsWith(name + "=")) return decode(pairs[i].substring(name.length + 1));
  }
  return "";
}

/** The card in a form; without one the request is answered here. */
function readCard(form: string): Card | null {
  const to = field(form, "to");
  if (to != "") return new Card(to, field(form, "text"));
  refuse("400 Bad Request", "`to` is missing: whom is the card for?");
  return null;
}

function html(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;").replaceAll("'", "&#39;");
}

function json(text: string): string {
  let quoted = '"';
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code == 0x22 || code == 0x5c) quoted += "\\" + text.charAt(i);
    else if (code < 0x20) quoted += "\\u" + code.toString(16).padStart(4, "0");
    else quoted += text.charAt(i);
  }
  return quoted + '"';
}

function showForm(): void {
  respond("200 OK", "text/html", `<!doctype html>
<html lang="en">
<title>A card by link</title>
<h1>A card by link</h1>
<form method="post" action="${html(variable("SCRIPT_NAME"))}/">
<p><label>For <input name="to" required></label>
<p><label>Text <textarea name="text"></textarea></label>
<p><button>Make the card</button>
</form>
`);
}

function makeCard(): void {
  const body = new ArrayBuffer(MAX_BODY + 1);
  let length = 0;
  for (let read = -1; read != 0 && length <= MAX_BODY; length += read) read = process.stdin.read(body, length);
  if (length > MAX_BODY) return refuse("413 Content Too Large", "a card has room for 64 KiB");
  const card = readCard(String.UTF8.decode(body.slice(0, length)));
  if (card == null) return;
  const query = `to=${encodeURIComponent(card.to)}&text=${encodeURIComponent(card.text)}`;
  respond("303 See Other", "text/plain", "The card is made.\n", `Location: ${variable("SCRIPT_NAME")}/card?${query}\n`);
}

function showCard(card: Card): void {
  respond("200 OK", "text/html", `<!doctype html>
<html lang="en">
<title>A card</title>
<h1>Dear ${html(card.to)}</h1>
<p style="white-space: pre-wrap">${html(card.text)}</p>
`);
}

function sendCard(card: Card): void {
  respond("200 OK", "application/json", `{"to":${json(card.to)},"text":${json(card.text)}}\n`);
}

function main(): void {
  const path = variable("PATH_INFO");
  const method = variable("REQUEST_METHOD");
  const isForm = path == "" || path == "/";
  if (!isForm && path != "/card" && path != "/card.json") return refuse("404 Not Found", "there is no such page");
  if (isForm && method == "POST") return makeCard();
  if (method != "GET" && method != "HEAD") {
    const methods = isForm ? "GET, HEAD, POST" : "GET, HEAD";
    return refuse("405 Method Not Allowed", "this method is not for this path", `Allow: ${methods}\n`);
  }
  if (isForm) return showForm();
  const card = readCard(variable("QUERY_STRING"));
  if (card == null) return;
  if (path == "/card") showCard(card);
  else sendCard(card);
}

main();
