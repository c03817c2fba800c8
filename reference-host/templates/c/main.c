// A WAGI handler: the request is in the environment and on standard input, and what is printed is
// the response, as header fields, an empty line and a body.
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

// What a client sends is escaped before it becomes a part of a page.
static void put_html(const char *text) {
    for (; *text; text++) switch (*text) {
        case '&': fputs("&amp;", stdout); break;
        case '<': fputs("&lt;", stdout); break;
        case '>': fputs("&gt;", stdout); break;
        case '"': fputs("&quot;", stdout); break;
        default: putchar(*text);
    }
}

int main(void) {
    const char *query = getenv("QUERY_STRING");
    const char *name = query ? field(query, "name") : NULL;

    printf("Content-Type: text/html; charset=utf-8\n");
    printf("\n");
    printf("<!doctype html>\n<html lang=\"en\">\n<title>@name@</title>\n<h1>Hello, ");
    put_html(name && *name ? name : "stranger");
    printf("!</h1>\n");
    return EXIT_SUCCESS; // Anything else is a failure of the module: the client gets a 500.
}
