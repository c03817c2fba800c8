//! What a handler finds in its environment must not depend on how it is read: fast where it is small, by `std` where not.

use wagi_example_harness::build;

use crate::machine::{Input, Machine, Request};

/// The example `hello` reads the query; the SDK reads the method.
fn hello(variables: &[(&'static str, String)]) -> String {
    let request = Request {
        variables: variables.to_vec(),
        body: Input::Bytes(Vec::new()),
    };
    let output = Machine::new().run(&build("hello"), request).output;
    String::from_utf8(output).unwrap()
}

#[test]
fn variables_are_found_wherever_they_are() {
    let ada = ("QUERY_STRING", "name=Ada".to_owned());
    let other = |value: &str| ("X_OTHER", value.to_owned());
    let environments = [
        ("alone", vec![ada.clone()]),
        (
            "the first of two",
            vec![ada.clone(), ("QUERY_STRING", "name=Eve".to_owned())],
        ),
        (
            "behind what looks like it",
            vec![
                other("QUERY_STRING=name=Eve"),
                ("QUERY_STRINX", "name=Eve".to_owned()),
                ("XQUERY_STRING", "name=Eve".to_owned()),
                ("QUERY_STRING_", "name=Eve".to_owned()),
                ("QUERY_STRIN", "G=name=Eve".to_owned()),
                ada.clone(),
            ],
        ),
        (
            "as the last that the fast way has room for",
            [vec![other(""); 127], vec![ada.clone()]].concat(),
        ),
        (
            "behind too many for that",
            [vec![other(""); 128], vec![ada.clone()]].concat(),
        ),
        (
            "behind one that is too long",
            vec![other(&"x".repeat(5000)), ada.clone()],
        ),
        (
            "before one that is too long",
            vec![ada, other(&"x".repeat(5000))],
        ),
    ];
    for (place, environment) in environments {
        let page = hello(&environment);
        assert!(page.contains("Hello, Ada!"), "{place}: {page}");
    }
}

#[test]
fn no_variables_are_none() {
    assert!(hello(&[]).contains("Hello, stranger!"));
}

#[test]
fn the_method_counts_however_large_the_environment_is() {
    for length in [0, 5000] {
        let other = ("X_OTHER", "x".repeat(length));
        let page = hello(&[other, ("REQUEST_METHOD", "HEAD".to_owned())]);
        assert!(page.ends_with("\n\n"), "{page}");
    }
}
