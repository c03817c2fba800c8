//! A greeting card by link, in Zig: a form, a redirect to the card, the card as a page and as JSON.

const std = @import("std");
const Writer = std.Io.Writer;

const max_body = 64 * 1024;

const Card = struct { to: []const u8, text: []const u8 };

/// What the server said and where the answer goes.
const Request = struct {
    init: std.process.Init,
    out: *Writer,

    fn variable(request: Request, name: []const u8) []const u8 {
        return request.init.environ_map.get(name) orelse "";
    }

    fn head(request: Request, status: []const u8, media_type: []const u8) !void {
        try request.out.print("Status: {s}\nContent-Type: {s}; charset=utf-8\n", .{ status, media_type });
    }
};

pub fn main(init: std.process.Init) !void {
    var buffer: [4096]u8 = undefined;
    var stdout = std.Io.File.stdout().writerStreaming(init.io, &buffer);
    const request: Request = .{ .init = init, .out = &stdout.interface };
    answer(request) catch |err| switch (err) {
        error.Missing => try refuse(request, "400 Bad Request", "`to` is missing: whom is the card for?"),
        error.NotUtf8 => try refuse(request, "400 Bad Request", "a card is written in UTF-8"),
        error.TooLarge => try refuse(request, "413 Content Too Large", "a card has room for 64 KiB"),
        error.NoSuchPage => try refuse(request, "404 Not Found", "there is no such page"),
        error.WrongMethod => try refuse(request, "405 Method Not Allowed", "this method is not for this path"),
        else => return err, // The server answers 500 and logs which one it was.
    };
    try request.out.flush();
}

fn answer(request: Request) !void {
    const path = request.variable("PATH_INFO");
    const query = request.variable("QUERY_STRING");
    if (path.len == 0 or std.mem.eql(u8, path, "/")) {
        try allow(request, "GET, HEAD, POST");
        const is_post = std.mem.eql(u8, request.variable("REQUEST_METHOD"), "POST");
        return if (is_post) makeCard(request) else showForm(request);
    } else if (std.mem.eql(u8, path, "/card")) {
        try allow(request, "GET, HEAD");
        return showCard(request, try readCard(request, query));
    } else if (std.mem.eql(u8, path, "/card.json")) {
        try allow(request, "GET, HEAD");
        const card = try readCard(request, query);
        try request.head("200 OK", "application/json");
        return request.out.print("\n{f}\n", .{std.json.fmt(card, .{})});
    }
    return error.NoSuchPage;
}

fn refuse(request: Request, status: []const u8, why: []const u8) !void {
    try request.head(status, "text/plain");
    try request.out.print("\n{s}\n", .{why});
}

fn allow(request: Request, methods: []const u8) !void {
    var allowed = std.mem.splitSequence(u8, methods, ", ");
    while (allowed.next()) |method| {
        if (std.mem.eql(u8, method, request.variable("REQUEST_METHOD"))) return;
    }
    try request.out.print("Allow: {s}\n", .{methods});
    return error.WrongMethod;
}

fn readCard(request: Request, form: []const u8) !Card {
    const to = try field(request, form, "to") orelse "";
    if (to.len == 0) return error.Missing;
    return .{ .to = to, .text = try field(request, form, "text") orelse "" };
}

/// The first value of a field in `a=1&b=2`, decoded.
fn field(request: Request, form: []const u8, name: []const u8) !?[]const u8 {
    var pairs = std.mem.splitScalar(u8, form, '&');
    while (pairs.next()) |pair| {
        const key, const encoded = std.mem.cutScalar(u8, pair, '=') orelse .{ pair, "" };
        if (!std.mem.eql(u8, key, name)) continue;
        const value = try request.init.arena.allocator().dupe(u8, encoded);
        std.mem.replaceScalar(u8, value, '+', ' ');
        const decoded = std.Uri.percentDecodeInPlace(value);
        return if (std.unicode.utf8ValidateSlice(decoded)) decoded else error.NotUtf8;
    }
    return null;
}

fn showForm(request: Request) !void {
    try request.head("200 OK", "text/html");
    try request.out.print(
        \\
        \\<!doctype html>
        \\<html lang="en">
        \\<title>A card by link</title>
        \\<h1>A card by link</h1>
        \\<form method="post" action="{f}/">
        \\<p><label>For <input name="to" required></label>
        \\<p><label>Text <textarea name="text"></textarea></label>
        \\<p><button>Make the card</button>
        \\</form>
        \\
    , .{html(request.variable("SCRIPT_NAME"))});
}

fn makeCard(request: Request) !void {
    var buffer: [4096]u8 = undefined;
    var stdin = std.Io.File.stdin().readerStreaming(request.init.io, &buffer);
    const form = stdin.interface.allocRemaining(request.init.arena.allocator(), .limited(max_body)) catch |err|
        return if (err == error.StreamTooLong) error.TooLarge else err;
    const card = try readCard(request, form);
    try request.head("303 See Other", "text/plain");
    try request.out.print("Location: {s}/card?to=", .{request.variable("SCRIPT_NAME")});
    try std.Uri.Component.percentEncode(request.out, card.to, std.ascii.isAlphanumeric);
    try request.out.writeAll("&text=");
    try std.Uri.Component.percentEncode(request.out, card.text, std.ascii.isAlphanumeric);
    try request.out.writeAll("\n\nThe card is made.\n");
}

fn showCard(request: Request, card: Card) !void {
    try request.head("200 OK", "text/html");
    try request.out.print(
        \\
        \\<!doctype html>
        \\<html lang="en">
        \\<title>A card</title>
        \\<h1>Dear {f}</h1>
        \\<p style="white-space: pre-wrap">{f}</p>
        \\
    , .{ html(card.to), html(card.text) });
}

/// Formats text for an HTML page.
fn html(text: []const u8) std.fmt.Alt([]const u8, writeHtml) {
    return .{ .data = text };
}

fn writeHtml(text: []const u8, out: *Writer) Writer.Error!void {
    for (text) |c| switch (c) {
        '&' => try out.writeAll("&amp;"),
        '<' => try out.writeAll("&lt;"),
        '>' => try out.writeAll("&gt;"),
        '"' => try out.writeAll("&quot;"),
        '\'' => try out.writeAll("&#39;"),
        else => try out.writeByte(c),
    };
}
