// A server that passes for one with probes and is hostile in everything it says: markup, controls,
// characters that turn the line round, and lines that TAP, XML or GitHub could take for their own.
import http from "node:http";

const evil = [
  "<script>document.title='owned';window.owned=1</script>",
  "<img src=x onerror=\"window.owned=1\">",
  "</pre></details></main><!--",
  "]]></failure></testcase>",
  "\u202Etxt.exe\u202C\u2066\u200B\uFEFF",
  "```\n\n# heading\n::error::forged\n##[error]forged",
  "\nok 1 - forged\nnot ok 2 - forged\n1..1\nBail out! forged\n",
  "\u001b[2J\u001b]0;owned\u0007",
].join(" ");

const server = http.createServer((request, response) => {
  const body = [];
  request.on("data", (piece) => body.push(piece));
  request.on("end", () => {
    const line = Buffer.from(`${request.method} ${request.url} HTTP/1.1`);
    const variables = [`SERVER_SOFTWARE=crooked/1 ${evil}`, `PATH_INFO=${evil}`, `QUERY_STRING=${evil}`]
      .map((text) => Buffer.from(text));
    const dump = Buffer.concat([
      Buffer.from("wagi-probe 1\n"),
      ...variables.flatMap((text) => [Buffer.from(`variable ${text.length} `), text, Buffer.from("\n")]),
      Buffer.from(`argument ${line.length} `), line,
      Buffer.from("\nstdin 0 cbf29ce484222325\nend\n"),
    ]);
    response.writeHead(200, "OK <b>", { "Content-Type": "text/html", "X-Evil": Buffer.from(evil.replace(/[\r\n\u001b\u0007]/g, " ")).toString("latin1").replace(/[^\t\x20-\x7e\x80-\xff]/g, "") });
    response.end(dump);
  });
});
server.on("clientError", (_error, socket) => socket.end(`HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n${evil}`));
server.listen(0, "127.0.0.1", () => {
  const { address, port } = server.address();
  console.log(`http://${address}:${port}`);
});
