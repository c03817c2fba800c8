// A greeting card by link, in C: a form, a redirect to the card, the card as a page and as JSON.
#include <ctype.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_BODY = 64 * 1024 };

static const char *variable(const char *name) {
    const char *value = getenv(name);
    return value ? value : "";
}

static void head(const char *status, const char *type) {
    printf("Status: %s\nContent-Type: %s; charset=utf-8\n", status, type);
}

static _Noreturn void refuse(const char *status, const char *why) {
    head(status, "text/plain");
    printf("\n%s\n", why);
    exit(EXIT_SUCCESS); // It is an answer; a failure of the module would be a 500.
}

static int hex_digit(unsigned char c) {
    return isdigit(c) ? c - '0' : tolower(c) - 'a' + 10;
}

// The first value of a field in `a=1&b=2`, decoded; NULL if it is not there.
static char *field(const char *form, const char *name) {
    size_t length = strlen(name);
    while (strncmp(form, name, length) != 0 || form[length] != '=') {
        form = strchr(form, '&');
        if (!form++) return NULL;
    }
    form += length + 1;
    char *value = calloc(strcspn(form, "&") + 1, 1), *end = value;
    if (!value) abort();
    for (const char *c = form; *c && *c != '&'; c++) {
        if (*c == '%' && isxdigit((unsigned char)c[1]) && isxdigit((unsigned char)c[2])) {
            *end++ = (char)(hex_digit(c[1]) << 4 | hex_digit(c[2]));
            c += 2;
        } else {
            *end++ = *c == '+' ? ' ' : *c;
        }
    }
    return value;
}

typedef struct { char *to, *text; } Card;

static Card read_card(const char *form) {
    Card card = {field(form, "to"), field(form, "text")};
    if (!card.to || !*card.to) refuse("400 Bad Request", "`to` is missing: whom is the card for?");
    if (!card.text) card.text = "";
    if (mbstowcs(NULL, card.to, 0) == (size_t)-1 || mbstowcs(NULL, card.text, 0) == (size_t)-1)
        refuse("400 Bad Request", "a card is written in UTF-8");
    return card;
}

static void put_html(const char *text) {
    for (; *text; text++) switch (*text) {
        case '&': fputs("&amp;", stdout); break;
        case '<': fputs("&lt;", stdout); break;
        case '>': fputs("&gt;", stdout); break;
        case '"': fputs("&quot;", stdout); break;
        case '\'': fputs("&#39;", stdout); break;
        default: putchar(*text);
    }
}

static void put_json(const char *text) {
    putchar('"');
    for (; *text; text++) {
        if (*text == '"' || *text == '\\') printf("\\%c", *text);
        else if ((unsigned char)*text < ' ') printf("\\u%04x", *text);
        else putchar(*text);
    }
    putchar('"');
}

static void put_encoded(const char *text) {
    for (; *text; text++)
        printf(isalnum((unsigned char)*text) ? "%c" : "%%%02X", (unsigned char)*text);
}

static void show_form(void) {
    head("200 OK", "text/html");
    puts("\n<!doctype html>\n<html lang=\"en\">\n<title>A card by link</title>\n<h1>A card by link</h1>");
    fputs("<form method=\"post\" action=\"", stdout);
    put_html(variable("SCRIPT_NAME"));
    puts("/\">\n<p><label>For <input name=\"to\" required></label>\n"
         "<p><label>Text <textarea name=\"text\"></textarea></label>\n"
         "<p><button>Make the card</button>\n</form>");
}

static void make_card(void) {
    static char form[MAX_BODY + 1];
    if (strtoul(variable("CONTENT_LENGTH"), NULL, 10) > MAX_BODY)
        refuse("413 Content Too Large", "a card has room for 64 KiB");
    form[fread(form, 1, MAX_BODY, stdin)] = '\0';
    Card card = read_card(form);
    head("303 See Other", "text/plain");
    printf("Location: %s/card?to=", variable("SCRIPT_NAME"));
    put_encoded(card.to);
    fputs("&text=", stdout);
    put_encoded(card.text);
    puts("\n\nThe card is made.");
}

static void show_card(Card card) {
    head("200 OK", "text/html");
    fputs("\n<!doctype html>\n<html lang=\"en\">\n<title>A card</title>\n<h1>Dear ", stdout);
    put_html(card.to);
    fputs("</h1>\n<p style=\"white-space: pre-wrap\">", stdout);
    put_html(card.text);
    puts("</p>");
}

static void send_card(Card card) {
    head("200 OK", "application/json");
    fputs("\n{\"to\":", stdout);
    put_json(card.to);
    fputs(",\"text\":", stdout);
    put_json(card.text);
    puts("}");
}

static void allow(const char *methods) {
    const char *method = variable("REQUEST_METHOD"), *found = *method ? strstr(methods, method) : NULL;
    size_t length = strlen(method);
    if (found && (found == methods || found[-1] == ' ') && (found[length] == ',' || !found[length])) return;
    printf("Allow: %s\n", methods);
    refuse("405 Method Not Allowed", "this method is not for this path");
}

int main(void) {
    setlocale(LC_CTYPE, "C.UTF-8");
    const char *path = variable("PATH_INFO");
    if (!*path || strcmp(path, "/") == 0) {
        allow("GET, HEAD, POST");
        strcmp(variable("REQUEST_METHOD"), "POST") == 0 ? make_card() : show_form();
    } else if (strcmp(path, "/card") == 0) {
        allow("GET, HEAD");
        show_card(read_card(variable("QUERY_STRING")));
    } else if (strcmp(path, "/card.json") == 0) {
        allow("GET, HEAD");
        send_card(read_card(variable("QUERY_STRING")));
    } else {
        refuse("404 Not Found", "there is no such page");
    }
    return EXIT_SUCCESS;
}
