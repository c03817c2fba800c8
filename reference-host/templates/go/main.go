// A WAGI handler. Nothing in it is about WAGI: net/http/cgi turns the environment into a request and
// what the handler writes into a response, so that every http.Handler runs as it is.
package main

import (
	"html/template"
	"log"
	"net/http"
	"net/http/cgi"
)

var page = template.Must(template.New("page").Parse(`<!doctype html>
<html lang="en">
<title>@name@</title>
<h1>Hello, {{or . "stranger"}}!</h1>
`))

func main() {
	err := cgi.Serve(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		if err := page.Execute(w, r.FormValue("name")); err != nil {
			log.Print(err) // to the server's log
		}
	}))
	if err != nil {
		log.Fatal(err) // The client gets a 500.
	}
}
