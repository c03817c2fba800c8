"""A greeting card by link, in Python: a form, a redirect to the card, the card as a page and as JSON.

Nothing here is about WAGI: it is a WSGI application, and the standard library's CGIHandler serves it.
"""

import json
from html import escape
from urllib.parse import parse_qs, quote
from wsgiref.handlers import CGIHandler

MAX_BODY = 64 * 1024

FORM = """<!doctype html>
<html lang="en">
<title>A card by link</title>
<h1>A card by link</h1>
<form method="post" action="{mount}/">
<p><label>For <input name="to" required></label>
<p><label>Text <textarea name="text"></textarea></label>
<p><button>Make the card</button>
</form>
"""

CARD = """<!doctype html>
<html lang="en">
<title>A card</title>
<h1>Dear {to}</h1>
<p style="white-space: pre-wrap">{text}</p>
"""


class Refused(Exception):
    """An answer that is not the one hoped for: status, text, further fields."""


def read_card(form):
    fields = parse_qs(form, errors="strict")
    if "to" not in fields:
        raise Refused("400 Bad Request", "`to` is missing: whom is the card for?")
    return {name: fields.get(name, [""])[0] for name in ("to", "text")}


def read_body(environ):
    length = int(environ.get("CONTENT_LENGTH") or 0)
    if length > MAX_BODY:
        raise Refused("413 Content Too Large", "a card has room for 64 KiB")
    return environ["wsgi.input"].read(length).decode()


def answer(environ):
    """The status, the media type, further fields and the body."""
    mount, path = environ.get("SCRIPT_NAME", ""), environ.get("PATH_INFO", "")
    method, query = environ["REQUEST_METHOD"], environ.get("QUERY_STRING", "")
    methods = {"": "GET, HEAD, POST", "/": "GET, HEAD, POST", "/card": "GET, HEAD", "/card.json": "GET, HEAD"}
    if path not in methods:
        raise Refused("404 Not Found", "there is no such page")
    if method not in methods[path].split(", "):
        raise Refused("405 Method Not Allowed", "this method is not for this path", ("Allow", methods[path]))
    if path == "/card":
        card = {name: escape(value) for name, value in read_card(query).items()}
        return "200 OK", "text/html", [], CARD.format(**card)
    if path == "/card.json":
        return "200 OK", "application/json", [], json.dumps(read_card(query), ensure_ascii=False) + "\n"
    if method == "POST":
        card = read_card(read_body(environ))
        location = f"{mount}/card?to={quote(card['to'])}&text={quote(card['text'])}"
        return "303 See Other", "text/plain", [("Location", location)], "The card is made.\n"
    return "200 OK", "text/html", [], FORM.format(mount=escape(mount))


def app(environ, start_response):
    try:
        status, media_type, fields, body = answer(environ)
    except UnicodeError:
        status, media_type, fields, body = "400 Bad Request", "text/plain", [], "a card is written in UTF-8\n"
    except Refused as refused:
        status, text, *fields = refused.args
        media_type, body = "text/plain", text + "\n"
    start_response(status, [("Content-Type", f"{media_type}; charset=utf-8"), *fields])
    return [body.encode()]


if __name__ == "__main__":
    CGIHandler().run(app)
