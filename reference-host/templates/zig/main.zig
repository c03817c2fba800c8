//! A WAGI handler: the request is in the environment and on standard input, and what is written is
//! the response, as header fields, an empty line and a body.

const std = @import("std");

pub fn main(init: std.process.Init) !void {
    var buffer: [4096]u8 = undefined;
    var stdout = std.Io.File.stdout().writerStreaming(init.io, &buffer);
    const out = &stdout.interface;

    const query = init.environ_map.get("QUERY_STRING") orelse "";
    const name = try field(init.arena.allocator(), query, "name") orelse "";
    try out.writeAll("Content-Type: text/html; charset=utf-8\n\n");
    try out.writeAll("<!doctype html>\n<html lang=\"en\">\n<title>@name@</title>\n<h1>Hello, ");
    try writeHtml(out, if (name.len == 0) "stranger" else name);
    try out.writeAll("!</h1>\n");
    try out.flush();
}

/// The first value of a field in `a=1&b=2`, decoded.
fn field(allocator: std.mem.Allocator, form: []const u8, name: []const u8) !?[]const u8 {
    var pairs = std.mem.splitScalar(u8, form, '&');
    while (pairs.next()) |pair| {
        const key, const encoded = std.mem.cutScalar(u8, pair, '=') orelse .{ pair, "" };
        if (!std.mem.eql(u8, key, name)) continue;
        const value = try allocator.dupe(u8, encoded);
        std.mem.replaceScalar(u8, value, '+', ' ');
        return std.Uri.percentDecodeInPlace(value);
    }
    return null;
}

/// What a client sends is escaped before it becomes a part of a page.
fn writeHtml(out: *std.Io.Writer, text: []const u8) !void {
    for (text) |c| switch (c) {
        '&' => try out.writeAll("&amp;"),
        '<' => try out.writeAll("&lt;"),
        '>' => try out.writeAll("&gt;"),
        '"' => try out.writeAll("&quot;"),
        else => try out.writeByte(c),
    };
}

test "a field is decoded" {
    var arena = std.heap.ArenaAllocator.init(std.testing.allocator);
    defer arena.deinit();
    const name = try field(arena.allocator(), "a=1&name=J%C3%B6rg+M", "name");
    try std.testing.expectEqualStrings("Jörg M", name.?);
}
