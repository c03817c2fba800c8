// A WAGI handler: the request is in the environment and on standard input, and what is written is
// the response, as header fields, an empty line and a body.

function variable(name: string): string {
  return process.env.has(name) ? process.env.get(name) : "";
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

/** What a client sends is escaped before it becomes a part of a page. */
function html(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}

const name = field(variable("QUERY_STRING"), "name");
process.stdout.write(`Content-Type: text/html; charset=utf-8

<!doctype html>
<html lang="en">
<title>@name@</title>
<h1>Hello, ${html(name != "" ? name : "stranger")}!</h1>
`);
