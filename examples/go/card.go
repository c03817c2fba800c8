// A greeting card by link, in Go: a form, a redirect to the card, the card as a page and as JSON.
//
// Nothing here is about WAGI: net/http/cgi turns the environment into a request and what the
// handler writes into CGI output, so that every http.Handler and most routers run as they are.
package main

import (
	"encoding/json"
	"errors"
	"html/template"
	"log"
	"net/http"
	"net/http/cgi"
	"net/url"
	"os"
)

const maxBody = 64 << 10

type card struct {
	To   string `json:"to"`
	Text string `json:"text"`
}

var pages = template.Must(template.New("form").Parse(`<!doctype html>
<html lang="en">
<title>A card by link</title>
<h1>A card by link</h1>
<form method="post" action="{{.}}/">
<p><label>For <input name="to" required></label>
<p><label>Text <textarea name="text"></textarea></label>
<p><button>Make the card</button>
</form>
{{define "card"}}<!doctype html>
<html lang="en">
<title>A card</title>
<h1>Dear {{.To}}</h1>
<p style="white-space: pre-wrap">{{.Text}}</p>
{{end}}`))

func main() {
	// The paths of a request are the server's: the mount stands in front of them.
	mount := os.Getenv("SCRIPT_NAME")
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+mount+"/{$}", func(w http.ResponseWriter, r *http.Request) {
		show(w, "form", mount)
	})
	mux.HandleFunc("POST "+mount+"/{$}", func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		if card, ok := readCard(w, r); ok {
			query := url.Values{"to": {card.To}, "text": {card.Text}}
			http.Redirect(w, r, mount+"/card?"+query.Encode(), http.StatusSeeOther)
		}
	})
	mux.HandleFunc("GET "+mount+"/card", func(w http.ResponseWriter, r *http.Request) {
		if card, ok := readCard(w, r); ok {
			show(w, "card", card)
		}
	})
	mux.HandleFunc("GET "+mount+"/card.json", func(w http.ResponseWriter, r *http.Request) {
		if card, ok := readCard(w, r); ok {
			w.Header().Set("Content-Type", "application/json; charset=utf-8")
			json.NewEncoder(w).Encode(card)
		}
	})
	if err := cgi.Serve(mux); err != nil {
		log.Fatal(err)
	}
}

// readCard takes a card from the query or the form; without one it answers the request.
func readCard(w http.ResponseWriter, r *http.Request) (card, bool) {
	err := r.ParseForm()
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		http.Error(w, "a card has room for 64 KiB", http.StatusRequestEntityTooLarge)
	case err != nil:
		http.Error(w, err.Error(), http.StatusBadRequest)
	case r.Form.Get("to") == "":
		http.Error(w, "`to` is missing: whom is the card for?", http.StatusBadRequest)
	default:
		return card{To: r.Form.Get("to"), Text: r.Form.Get("text")}, true
	}
	return card{}, false
}

func show(w http.ResponseWriter, page string, data any) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	if err := pages.ExecuteTemplate(w, page, data); err != nil {
		log.Print(err) // to the server's log
	}
}
